"""The token issuer's public keys: fetched when needed, kept for a while, asked for when unknown."""

import asyncio
import time

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gateway.problems import ProblemError

log = structlog.get_logger(__name__)
TIMEOUT_S = 3.0
KEEP_S = 600.0
ASK_AGAIN_AFTER_S = 5.0
"""So rarely is the issuer asked at most: tokens with invented key ids must not become its load."""


class SigningKeys:
    """The JSON Web Key Set behind one URL (RFC 7517)."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self._url = url
        self._keys: KeySet | None = None
        self._fetched_at = float("-inf")
        self._asked_at = float("-inf")
        self._fetching = asyncio.Lock()

    async def having(self, key_id: str) -> KeySet:
        """The known keys, asked for anew if they are old or lack this one.

        Raises:
            ProblemError: there are none yet and the issuer does not answer.
        """
        if not self._is_good_for(key_id):
            async with self._fetching:
                if not self._is_good_for(key_id) and self._may_ask():
                    await self._fetch()
        if self._keys is None:
            raise ProblemError("keys_unavailable", "Tokens cannot be verified at the moment.")
        return self._keys

    def _is_good_for(self, key_id: str) -> bool:
        if self._keys is None or time.monotonic() - self._fetched_at > KEEP_S:
            return False
        return any(key.kid == key_id for key in self._keys.keys)

    def _may_ask(self) -> bool:
        return self._keys is None or time.monotonic() - self._asked_at > ASK_AGAIN_AFTER_S

    async def _fetch(self) -> None:
        """Ask the issuer; while it does not answer, the keys that are known stay good."""
        self._asked_at = time.monotonic()
        try:
            answer = await self._http.get(self._url, timeout=TIMEOUT_S)
            self._keys = KeySet.import_key_set(answer.raise_for_status().json())
            self._fetched_at = time.monotonic()
        except (httpx.HTTPError, JoseError, ValueError, KeyError, TypeError) as error:
            log.warning("no keys from the token issuer", url=self._url, error=repr(error))
