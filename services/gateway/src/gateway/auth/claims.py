"""What a token has to claim to be valid, for whom it speaks, and how others are refused.

Sources: RFC 7519 (JSON Web Token), RFC 8693 section 4.2 (`scope`).
"""

import re
import time
from dataclasses import dataclass
from typing import Any

from events.limits import CUSTOMER_ID_MAX
from joserfc import jwt
from servicekit.sentences import sentence

from gateway.http.card_numbers import looks_like_card
from gateway.problems.problem import ProblemError

LEEWAY_S = 30
"""Tolerated difference between the issuer's clock and this one."""
LONGEST_S = 366 * 86_400
"""A token that says it is good for longer is good for so long: beyond lie times that nothing can hold."""
SCOPE = re.compile(r"[!#-\[\]-~]+")
"""What a scope may consist of (RFC 6749, 3.3); others are none that anything here asks for."""
SUBJECT = re.compile(rf"[!-~](?:[ -~]{{0,{CUSTOMER_ID_MAX - 2}}}[!-~])?")
"""A customer's id: 1 to `CUSTOMER_ID_MAX` printable characters."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The customer whom a valid token names, and what the token allows."""

    customer_id: str
    scopes: frozenset[str]
    expires_at: float


def claims_required(issuer: str, audience: str) -> jwt.JWTClaimsRegistry:
    """Require tokens of one issuer, made out to one audience, in their time; `nbf` and `iat` where named."""
    return jwt.JWTClaimsRegistry(
        leeway=LEEWAY_S,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": audience},
        exp={"essential": True},
        sub={"essential": True},
    )


def caller_of(claims: dict[str, Any]) -> Caller:
    """Return whom verified claims speak for.

    Raises:
        ProblemError: their subject cannot be a customer, or their scopes cannot be read.
    """
    if not SUBJECT.fullmatch(claims["sub"]) or looks_like_card(claims["sub"]):
        raise token_invalid("its subject is no customer id")
    expires_at = float(min(claims["exp"], int(time.time()) + LONGEST_S)) + LEEWAY_S
    return Caller(claims["sub"], _scopes(claims), expires_at)


def _scopes(claims: dict[str, Any]) -> frozenset[str]:
    """Read scopes as one text (RFC 8693) or as a list; some issuers call them `scp`."""
    said = claims.get("scope", claims.get("scp", ""))
    if isinstance(said, str):
        said = said.split(" ")
    elif not isinstance(said, list) or not all(isinstance(scope, str) for scope in said):
        raise token_invalid("its scope is neither a text nor a list of texts")
    return frozenset(filter(SCOPE.fullmatch, said))


REALM = 'Bearer realm="orderstream"'


def token_missing() -> ProblemError:
    """Refuse a request without a bearer token, and without an error code (section 3.1)."""
    return _refuse("token_missing", "This needs a bearer token.", REALM)


def authorization_repeated() -> ProblemError:
    """Refuse a request with several Authorization headers: it is ambiguous which one counts."""
    detail = "There is more than one Authorization header."
    return _refuse("authorization_repeated", detail, f'{REALM}, error="invalid_request"')


def token_too_large(most: int) -> ProblemError:
    """Refuse an Authorization header that is too long to be parsed. Source: RFC 6585, section 5."""
    detail = f"The header Authorization has a token of more than {most} characters."
    return ProblemError("token_too_large", detail)


def token_invalid(reason: str) -> ProblemError:
    """Refuse a token that is not valid, with the reason."""
    said = f'{REALM}, error="invalid_token", error_description="{reason}"'
    return _refuse("token_invalid", sentence(f"The token is not valid: {reason}"), said)


def ticket_invalid() -> ProblemError:
    """Refuse a ticket that is not valid, or no longer."""
    detail = "The ticket is unknown, used, expired, or for another address."
    return _refuse("ticket_invalid", detail, REALM)


def insufficient_scope(needed: str) -> ProblemError:
    """Refuse a valid token that lacks a scope."""
    said = f'{REALM}, error="insufficient_scope", scope="{needed}"'
    return _refuse("insufficient_scope", f"The token lacks the scope {needed}.", said)


def _refuse(code: str, detail: str, challenge: str) -> ProblemError:
    return ProblemError(code, detail, headers={"WWW-Authenticate": challenge})
