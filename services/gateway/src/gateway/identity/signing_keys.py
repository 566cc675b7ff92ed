"""The token issuer's public keys: read anew from time to time, and when one is not known."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from gateway.identity.issuer import Issuer, Jwk
from gateway.problems.problem import ProblemError

log = structlog.get_logger(__name__)
ASK_AGAIN_AFTER_S = 5.0
"""So rarely is the issuer asked at most: tokens with invented key ids must not become its load."""


@dataclass(frozen=True, slots=True, eq=False)
class SigningKey:
    """One public key. As long as the issuer publishes it unchanged it stays the same object."""

    jwk: Jwk
    key: Key


class SigningKeys:
    """The keys that are good now: those that the issuer published when it last answered.

    While it does not answer, they stay good. Whoever runs `refresh` every few minutes bounds how
    long a key that was withdrawn is still believed.
    """

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._keys: dict[str, SigningKey] = {}
        self._read_at: float | None = None
        self._asked_at = float("-inf")
        self._asking = asyncio.Lock()

    def known(self, key_id: str) -> SigningKey | None:
        """The key with this id, as far as is known without asking."""
        return self._keys.get(key_id)

    async def find(self, key_id: str) -> SigningKey | None:
        """The key with this id; the issuer is asked for one that is not known.

        Raises:
            ProblemError: no keys are known yet, and the issuer does not answer.
        """
        if key_id not in self._keys:
            async with self._asking:
                asked_lately = time.monotonic() - self._asked_at < ASK_AGAIN_AFTER_S
                if key_id not in self._keys and not asked_lately:
                    await self.refresh()
        if self._read_at is None:
            _refuse()
        return self._keys.get(key_id)

    async def refresh(self) -> None:
        """Read what the issuer publishes; what it does not publish any more is not good any more."""
        self._asked_at = time.monotonic()
        try:
            published = await self._issuer.published_keys()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            log.warning("no keys from the token issuer", error=repr(error))
            return
        before, self._keys = self._keys, dict(self._taken_over(published))
        self._read_at = time.monotonic()
        if before.keys() != self._keys.keys():
            log.info("signing keys changed", keys=sorted(self._keys))

    def age_s(self) -> float:
        """Seconds since the issuer last answered; infinite before its first answer."""
        return float("inf") if self._read_at is None else time.monotonic() - self._read_at

    def _taken_over(self, published: Mapping[str, Jwk]) -> Iterator[tuple[str, SigningKey]]:
        for key_id, jwk in published.items():
            known = self._keys.get(key_id)
            if known is not None and known.jwk == jwk:
                yield key_id, known
                continue
            try:
                yield key_id, SigningKey(jwk, JWKRegistry.import_key(dict(jwk)))
            except (JoseError, ValueError, TypeError, KeyError) as error:
                log.warning("passed over a key that is not understood", error=repr(error))


def _refuse() -> NoReturn:
    raise ProblemError("keys_unavailable", "Tokens cannot be verified at the moment.")
