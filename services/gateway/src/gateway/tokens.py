"""Who is calling: bearer tokens, verified against the issuer's keys.

Sources: RFC 6750 (bearer tokens), RFC 7519 (JSON Web Token).
"""

import base64
import binascii
import json
import re
import time
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError

from gateway.problems import ProblemError
from gateway.signing_keys import SigningKeys

ALGORITHM = "ES256"
LEEWAY_S = 30
REMEMBERED = 10_000
REMEMBER_S = 300.0
SUBJECT = re.compile(r"[!-~](?:[ -~]{0,62}[!-~])?")
"""A customer's id: 1 to 64 printable characters."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever holds the token, and what it allows."""

    customer_id: str
    scopes: frozenset[str]


class TokenVerifier:
    """Verifies tokens of one issuer, made out to one audience."""

    def __init__(self, keys: SigningKeys, issuer: str, audience: str) -> None:
        self._keys = keys
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        self._verified: dict[str, tuple[Caller, float]] = {}

    async def verify(self, token: str) -> Caller:
        """Who a token speaks for; what was verified is remembered for a while.

        Raises:
            ProblemError: the token is not valid, or the issuer's keys cannot be had.
        """
        caller, until = self._verified.get(token, (None, 0.0))
        if caller is not None and time.time() < until:
            return caller
        keys = await self._keys.having(_key_id(token))
        try:
            claims = jwt.decode(token, keys, algorithms=[ALGORITHM]).claims
            self._claims.validate(claims)
        except (JoseError, ValueError) as error:
            raise invalid_token(_reason(error)) from None
        caller = _caller(claims)
        self._remember(token, caller, claims["exp"] + LEEWAY_S)
        return caller

    def _remember(self, token: str, caller: Caller, expires: float) -> None:
        self._verified.pop(token, None)
        if len(self._verified) >= REMEMBERED:
            del self._verified[next(iter(self._verified))]
        self._verified[token] = (caller, min(expires, time.time() + REMEMBER_S))


def invalid_token(reason: str) -> ProblemError:
    """The refusal of a token, in the words of RFC 6750."""
    challenge = f'Bearer realm="orderstream", error="invalid_token", error_description="{reason}"'
    detail = f"The token is not valid: {reason}."
    return ProblemError("token_invalid", detail, headers={"WWW-Authenticate": challenge})


def _key_id(token: str) -> str:
    """Which key a token names, not yet believing anything that it says."""
    try:
        part = token.split(".", maxsplit=1)[0]
        header = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        key_id = header["kid"]
    except (ValueError, binascii.Error, KeyError, TypeError, RecursionError):
        raise invalid_token("it is not a JWT that names its key") from None
    if not isinstance(key_id, str):
        raise invalid_token("it is not a JWT that names its key")
    return key_id


def _caller(claims: dict[str, Any]) -> Caller:
    subject, scope = claims["sub"], claims.get("scope", "")
    if not SUBJECT.fullmatch(subject):
        raise invalid_token("its subject is no customer id")
    if not isinstance(scope, str):
        raise invalid_token("its scope is not a text")
    return Caller(subject, frozenset(scope.split()))


def _reason(error: Exception) -> str:
    """Why a token is refused, in words that hold nothing of the token."""
    claim = getattr(error, "claim", None)
    if isinstance(claim, str):
        return "it has expired" if claim == "exp" else f"its claim {claim} is missing or wrong"
    return "its signature cannot be verified"
