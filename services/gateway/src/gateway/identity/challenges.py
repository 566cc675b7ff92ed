"""How a request is refused for who sent it, in the words of RFC 6750 (bearer tokens).

Nothing of what was sent is repeated.
"""

from gateway.problems.problem import ProblemError

REALM = 'Bearer realm="orderstream"'


def token_missing() -> ProblemError:
    """There is no bearer token. A client that sent none is told no error code (section 3.1)."""
    return _refuse("token_missing", "This needs a bearer token.", REALM)


def authorization_repeated() -> ProblemError:
    """There is more than one Authorization header, so nobody can say which one counts."""
    detail = "There is more than one Authorization header."
    return _refuse("authorization_repeated", detail, f'{REALM}, error="invalid_request"')


def token_too_large(most: int) -> ProblemError:
    """The Authorization header is too long to be looked at. Source: RFC 6585, section 5."""
    detail = f"The header Authorization has a token of more than {most} characters."
    return ProblemError("token_too_large", detail)


def token_invalid(reason: str) -> ProblemError:
    """The token cannot be believed."""
    said = f'{REALM}, error="invalid_token", error_description="{reason}"'
    return _refuse("token_invalid", f"The token is not valid: {reason}.", said)


def ticket_invalid() -> ProblemError:
    """The ticket that stands in for a token does not do so, or no longer."""
    detail = "The ticket is unknown, used, expired, or for another address."
    return _refuse("ticket_invalid", detail, REALM)


def insufficient_scope(needed: str) -> ProblemError:
    """The token is good, but not for this."""
    said = f'{REALM}, error="insufficient_scope", scope="{needed}"'
    return _refuse("insufficient_scope", f"The token lacks the scope {needed}.", said)


def _refuse(code: str, detail: str, challenge: str) -> ProblemError:
    return ProblemError(code, detail, headers={"WWW-Authenticate": challenge})
