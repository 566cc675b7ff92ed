"""Verifying bearer tokens against the issuer's keys.

Sources: RFC 7515 and 7519 (JSON Web Signature and Token), RFC 8725 (their best current practices).
"""

import base64
import binascii
import json
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jws import JWSRegistry

from gateway.auth.claims import Caller, caller_of, claims_required, token_invalid, token_too_large
from gateway.auth.signing_keys import SigningKey, SigningKeys

MAX_TOKEN = 8192
MAX_HEADER = 4096
REMEMBERED = 10_000
REMEMBER_S = 300.0

# RFC 9864 calls it Ed25519; most issuers still sign under the old name of the same algorithm.
warnings.filterwarnings("ignore", message="EdDSA is deprecated", category=SecurityWarning)


@dataclass(frozen=True, slots=True)
class _Verified:
    caller: Caller
    until: float
    key_id: str
    key: SigningKey


class TokenVerifier:
    """Verifier of tokens of one issuer, made out to one audience, signed with one of some algorithms."""

    def __init__(
        self, keys: SigningKeys, issuer: str, audience: str, algorithms: Sequence[str]
    ) -> None:
        self._keys = keys
        self._claims = claims_required(issuer, audience)
        # Header parameters that are not understood are ignored (RFC 7515, section 4); keys and
        # addresses of keys (jwk, jku, x5c, x5u) among them: only what the issuer publishes counts.
        self._rules = JWSRegistry(algorithms=algorithms, strict_check_header=False)
        self._rules.max_header_length = MAX_HEADER
        self._verified: dict[str, _Verified] = {}

    async def verify(self, token: str) -> Caller:
        """Verify a token and return its caller; the result is cached while its key is valid.

        Raises:
            ProblemError: the token is not valid, or the issuer's keys cannot be had.
        """
        if len(token) > MAX_TOKEN:
            raise token_too_large(MAX_TOKEN)
        known = self._verified.get(token)
        if known and time.time() < known.until and self._keys.known(known.key_id) is known.key:
            return known.caller
        key_id = _key_id(token)
        key = await self._keys.find(key_id)
        if key is None:
            raise token_invalid("its signature cannot be verified")
        caller = self._decode(token, key)
        self._remember(token, caller, key_id, key)
        return caller

    def _decode(self, token: str, key: SigningKey) -> Caller:
        try:
            claims = jwt.decode(token, key.key, registry=self._rules).claims
            self._claims.validate(claims)
        except (JoseError, ValueError, RecursionError) as error:  # the last: nested without end
            raise token_invalid(_reason(error)) from None
        return caller_of(claims)

    def _remember(self, token: str, caller: Caller, key_id: str, key: SigningKey) -> None:
        self._verified.pop(token, None)
        if len(self._verified) >= REMEMBERED:
            del self._verified[next(iter(self._verified))]
        until = min(caller.expires_at, time.time() + REMEMBER_S)
        self._verified[token] = _Verified(caller, until, key_id, key)


def _key_id(token: str) -> str:
    """Return the key id that a token names; nothing of it is trusted yet."""
    header = _header(token)
    if "crit" in header:  # RFC 7515, 4.1.11: one that does not understand it must not accept it
        raise token_invalid("it demands an extension that is not understood")
    key_id = header.get("kid")
    if not isinstance(key_id, str):
        raise token_invalid("it is not a JWT that names its key")
    return key_id


def _header(token: str) -> dict[str, Any]:
    try:
        part = token.split(".", maxsplit=1)[0]
        header = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        header = None
    if not isinstance(header, dict):
        raise token_invalid("it is not a JWT that names its key")
    return header


def _reason(error: Exception) -> str:
    """Return why a token is refused, in words that hold nothing of the token."""
    claim = getattr(error, "claim", None)
    if not isinstance(claim, str):
        return "its signature cannot be verified"
    reasons = {"exp": "it has expired", "nbf": "it is not valid yet"}
    return reasons.get(claim, f"missing or wrong is {claim.replace(',', ', ')}")
