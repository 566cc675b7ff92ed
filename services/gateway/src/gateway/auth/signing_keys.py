"""The token issuer's public keys: refreshed from time to time, and when one is not known."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from gateway.problems.problem import ProblemError

TIMEOUT_S = 3.0
DISCOVERY = "/.well-known/openid-configuration"

Jwk = Mapping[str, Any]


class Issuer:
    """The issuer of the tokens; `jwks_url` is None where it has to be discovered."""

    def __init__(self, http: httpx.AsyncClient, name: str, jwks_url: str | None) -> None:
        self._http = http
        self._name = name
        self._jwks_url = jwks_url

    async def published_keys(self) -> dict[str, Jwk]:
        """Fetch the signing keys that the issuer publishes now, by their ids.

        What is not understood is passed over, as section 5 of RFC 7517 asks: keys without an id,
        for encryption, or with a secret in them.

        Raises:
            httpx.HTTPError: there was no good answer.
            httpx.InvalidURL: the address that was discovered is none.
            ValueError: what was answered is no key set, or of another issuer.
        """
        document = await self._read(self._jwks_url or await self._discover())
        keys = document.get("keys")
        if not isinstance(keys, list):
            raise ValueError("the answer is no JWK set")  # noqa: TRY004  # a wrong answer, not a wrong call
        return {jwk["kid"]: jwk for jwk in _for_signatures(keys)}

    async def _discover(self) -> str:
        document = await self._read(self._name.rstrip("/") + DISCOVERY)
        if document.get("issuer") != self._name:
            raise ValueError("the discovery document is another issuer's")
        address = document.get("jwks_uri")
        if not isinstance(address, str):
            raise ValueError("the discovery document names no jwks_uri")  # noqa: TRY004
        return address

    async def _read(self, url: str) -> dict[str, Any]:
        answer = await self._http.get(url, timeout=TIMEOUT_S)
        document = answer.raise_for_status().json()
        if not isinstance(document, dict):
            raise ValueError("the answer is no object")  # noqa: TRY004
        return document


def _for_signatures(keys: list[Any]) -> Iterator[Jwk]:
    for jwk in keys:
        if (
            isinstance(jwk, dict)
            and isinstance(jwk.get("kid"), str)
            and jwk.get("use", "sig") == "sig"
            and jwk.get("kty") != "oct"
        ):
            yield jwk


log = structlog.get_logger(__name__)
MIN_REFRESH_INTERVAL_S = 5.0
"""Minimum time between two requests: tokens with invented key ids must not become the issuer's load."""


@dataclass(frozen=True, slots=True, eq=False)
class SigningKey:
    """One public key. As long as the issuer publishes it unchanged it stays the same object."""

    jwk: Jwk
    key: Key


class SigningKeys:
    """The keys that are good now: those that the issuer published when it last answered.

    While it does not answer, they stay good. Running `refresh` every few minutes bounds how
    long a key that was withdrawn is still trusted.
    """

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._keys: dict[str, SigningKey] = {}
        self._read_at: float | None = None
        self._asked_at = float("-inf")
        self._asking = asyncio.Lock()

    def known(self, key_id: str) -> SigningKey | None:
        """Return the key with this id, without asking the issuer."""
        return self._keys.get(key_id)

    async def find(self, key_id: str) -> SigningKey | None:
        """Find the key with this id; the issuer is asked for one that is not known.

        Raises:
            ProblemError: no keys are known yet, and the issuer does not answer.
        """
        if key_id not in self._keys:
            async with self._asking:
                asked_lately = time.monotonic() - self._asked_at < MIN_REFRESH_INTERVAL_S
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
            log.warning("signing_keys_unavailable", error=repr(error))
            return
        before, self._keys = self._keys, dict(self._taken_over(published))
        self._read_at = time.monotonic()
        if before.keys() != self._keys.keys():
            log.info("signing_keys_changed", keys=sorted(self._keys))

    def age_s(self) -> float:
        """Return the seconds since the issuer last answered; infinite before its first answer."""
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
                log.warning("signing_key_ignored", error=repr(error))


def _refuse() -> NoReturn:
    raise ProblemError("keys_unavailable", "Tokens cannot be verified at the moment.")
