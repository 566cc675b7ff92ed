"""What any request may be refused for, whatever it is about."""

from collections.abc import Mapping

from gateway.problems.kinds.kind import TRY_AGAIN, Kind

REQUESTS: Mapping[str, Kind] = {
    "malformed_request": Kind(
        400,
        "The request is not HTTP",
        "What arrived cannot be read as an HTTP/1.1 request (RFC 9112).",
        "Look at what the client or a proxy before the gateway sends.",
    ),
    "invalid_json": Kind(
        400,
        "The body is not JSON",
        "The body is empty, not UTF-8, nested too deeply, or breaks the rules of RFC 8259.",
        "Mend the body at the place that detail names.",
    ),
    "invalid_query": Kind(
        400,
        "Bad query",
        "A parameter in the address has a value that it cannot have.",
        "Mend the parameters named in errors.",
        example="/limit",
    ),
    "authorization_repeated": Kind(
        400,
        "More than one Authorization header",
        "The request has several Authorization headers, so that nobody can say which one counts.",
        "Send one, or have whatever stands between add none.",
    ),
    "token_missing": Kind(
        401,
        "No token",
        "The request has no bearer token, and this is not for everybody.",
        "Send Authorization: Bearer TOKEN.",
    ),
    "token_invalid": Kind(
        401,
        "The token is not valid",
        "The token has expired, is made out to somebody else, or its signature cannot be verified.",
        "Get a new token from the issuer.",
    ),
    "insufficient_scope": Kind(
        403,
        "The token does not allow this",
        "The token is valid, but lacks a scope that this needs.",
        "Get a token with the scope named.",
    ),
    "not_found": Kind(
        404,
        "There is nothing here",
        "Nothing is served at this address.",
        "See / for what there is.",
    ),
    "method_not_allowed": Kind(
        405,
        "Not with this method",
        "There is something at this address, but it does not take this method.",
        "See Allow for the right ones.",
    ),
    "body_too_large": Kind(
        413,
        "The body is too large",
        "The body has more bytes than the gateway is willing to read.",
        "Send at most 256 KiB.",
    ),
    "address_too_long": Kind(
        414,
        "The address is too long",
        "The request's target has more bytes than any address here can need.",
        "Send at most 8 KiB.",
    ),
    "unsupported_media_type": Kind(
        415,
        "Not a JSON body",
        "The body is announced as something else than application/json.",
        "Send Content-Type: application/json.",
    ),
    "rate_limited": Kind(
        429,
        "Too many requests",
        "You have asked this more often than one client may; RateLimit-Policy says how often.",
        "Go on after Retry-After seconds. RateLimit says in each answer what is left.",
    ),
    "token_too_large": Kind(
        431,
        "The token is too large",
        "The Authorization header is longer than the gateway is willing to look at.",
        "Get a token of at most 8192 characters: one with fewer claims in it.",
    ),
    "headers_too_large": Kind(
        431,
        "The headers are too large",
        "The request's line and headers have more bytes than the gateway is willing to read.",
        "Send at most 32 KiB of them.",
    ),
    "internal_error": Kind(
        500,
        "Something went wrong here",
        "The gateway failed in a way that nobody foresaw; its log has the request's id.",
        TRY_AGAIN,
    ),
}
