"""What any request may be refused for, whatever it is about."""

from collections.abc import Mapping

from gateway.problems.problem_types.problem_type import TRY_AGAIN, ProblemType

REQUESTS: Mapping[str, ProblemType] = {
    "malformed_request": ProblemType(
        400,
        "The request is not HTTP",
        "What arrived cannot be read as an HTTP/1.1 request (RFC 9112).",
        "Look at what the client or a proxy before the gateway sends.",
    ),
    "header_repeated": ProblemType(
        400,
        "A header is there more than once",
        "A header that cannot be a list is there several times, so that nobody can say which counts.",
        "Send it once, or have whatever stands between add none.",
    ),
    "invalid_json": ProblemType(
        400,
        "The body is not JSON",
        "The body is empty, not UTF-8, nested too deeply, or breaks the rules of RFC 8259.",
        "Mend the body at the place that detail names.",
    ),
    "invalid_query": ProblemType(
        400,
        "Bad query",
        "A parameter in the address has a value that it cannot have, is there twice, or means nothing here.",
        "Mend the parameters named in errors, or leave them out.",
        example="/limit",
    ),
    "authorization_repeated": ProblemType(
        400,
        "More than one Authorization header",
        "The request has several Authorization headers, so that nobody can say which one counts.",
        "Send one, or have whatever stands between add none.",
    ),
    "token_missing": ProblemType(
        401,
        "No token",
        "The request has no bearer token, and this is not for everybody.",
        "Send Authorization: Bearer TOKEN.",
    ),
    "token_invalid": ProblemType(
        401,
        "The token is not valid",
        "The token has expired, is made out to somebody else, or its signature cannot be verified.",
        "Get a new token from the issuer.",
    ),
    "insufficient_scope": ProblemType(
        403,
        "The token does not allow this",
        "The token is valid, but lacks a scope that this needs.",
        "Get a token with the scope named.",
    ),
    "cross_origin_refused": ProblemType(
        400,
        "A page of this origin may not ask this",
        "A browser asked in advance whether a page may send a request, and it may not: its origin is not listed,"
        " or nothing here takes the method or a header.",
        "List the origin in CORS_ORIGINS; send methods and headers of the contract.",
    ),
    "not_found": ProblemType(
        404,
        "There is nothing here",
        "Nothing is served at this address.",
        "See / for what there is.",
    ),
    "method_not_allowed": ProblemType(
        405,
        "Not with this method",
        "There is something at this address, but it does not take this method.",
        "See Allow for the right ones.",
    ),
    "request_too_slow": ProblemType(
        408,
        "The request took too long to come",
        "The head of the request was not complete within 10 seconds, or its body within 30 more.",
        "Send it at once; hold back a connection, not a part of a request.",
    ),
    "body_too_large": ProblemType(
        413,
        "The body is too large",
        "The body has more bytes than the gateway is willing to read.",
        "Send at most 256 KiB.",
    ),
    "address_too_long": ProblemType(
        414,
        "The address is too long",
        "The request's target has more bytes than any address here can need.",
        "Send at most 8 KiB.",
    ),
    "unsupported_media_type": ProblemType(
        415,
        "Not a JSON body",
        "The body is announced as something else than application/json.",
        "Send Content-Type: application/json.",
    ),
    "precondition_failed": ProblemType(
        412,
        "The condition does not hold",
        "If-Match names another version than there is, or is sent to what changes something.",
        "Nothing was done. Read it again; leave If-Match out where something is to be changed.",
    ),
    "upgrade_required": ProblemType(
        426,
        "This is for WebSockets",
        "The address is a WebSocket's, and the request no handshake, or one of another version.",
        "Open it as a WebSocket of version 13, or read the stream of events beside it.",
    ),
    "rate_limited": ProblemType(
        429,
        "Too many requests",
        "You have asked this more often than one client may; RateLimit-Policy says how often.",
        "Go on after Retry-After seconds. RateLimit says in each answer what is left.",
    ),
    "token_too_large": ProblemType(
        431,
        "The token is too large",
        "The Authorization header is longer than the gateway is willing to look at.",
        "Get a token of at most 8192 characters: one with fewer claims in it.",
    ),
    "headers_too_large": ProblemType(
        431,
        "The headers are too large",
        "The request's line and headers have more bytes than the gateway is willing to read.",
        "Send at most 32 KiB of them.",
    ),
    "transfer_coding_unknown": ProblemType(
        501,
        "The body is coded in a way that is not understood",
        "Transfer-Encoding names something else than chunked.",
        "Send Content-Length, or Transfer-Encoding: chunked and nothing else.",
    ),
    "internal_error": ProblemType(
        500,
        "Something went wrong here",
        "The gateway failed in a way that nobody foresaw; its log has the request's id.",
        TRY_AGAIN,
    ),
}
