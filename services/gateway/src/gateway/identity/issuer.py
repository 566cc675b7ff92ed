"""Where the token issuer publishes its keys: at a given address, or where its discovery says.

Sources: RFC 7517 (JWK Set), OpenID Connect Discovery 1.0.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx

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
        """The signing keys as the issuer publishes them now, by their ids.

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
