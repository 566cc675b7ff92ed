"""What a token has to say to be believed, and whom it speaks for.

Sources: RFC 7519 (JSON Web Token), RFC 8693 section 4.2 (`scope`).
"""

import re
from dataclasses import dataclass
from typing import Any

from events.limits import CUSTOMER_ID_MAX
from joserfc import jwt

from gateway.identity.challenges import token_invalid

LEEWAY_S = 30
"""By so much the issuer's clock may differ from this one."""
SUBJECT = re.compile(rf"[!-~](?:[ -~]{{0,{CUSTOMER_ID_MAX - 2}}}[!-~])?")
"""A customer's id: 1 to `CUSTOMER_ID_MAX` printable characters."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever holds the token, what it allows, and until when (seconds since 1970)."""

    customer_id: str
    scopes: frozenset[str]
    expires_at: float


def claims_required(issuer: str, audience: str) -> jwt.JWTClaimsRegistry:
    """Tokens of one issuer, made out to one audience, in their time; `nbf` and `iat` where named."""
    return jwt.JWTClaimsRegistry(
        leeway=LEEWAY_S,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": audience},
        exp={"essential": True},
        sub={"essential": True},
    )


def caller_of(claims: dict[str, Any]) -> Caller:
    """Whom verified claims speak for.

    Raises:
        ProblemError: their subject cannot be a customer, or their scopes cannot be read.
    """
    if not SUBJECT.fullmatch(claims["sub"]):
        raise token_invalid("its subject is no customer id")
    return Caller(claims["sub"], _scopes(claims), claims["exp"] + LEEWAY_S)


def _scopes(claims: dict[str, Any]) -> frozenset[str]:
    """Scopes as one text (RFC 8693) or as a list; some issuers call them `scp`."""
    said = claims.get("scope", claims.get("scp", ""))
    if isinstance(said, str):
        return frozenset(said.split())
    if not isinstance(said, list) or not all(isinstance(scope, str) for scope in said):
        raise token_invalid("its scope is neither a text nor a list of texts")
    return frozenset(said)
