"""What a client is told when a call over gRPC fails: status codes become problems.

Source: https://github.com/grpc/grpc/blob/master/doc/statuscodes.md
"""

from collections.abc import Mapping

import grpc
import structlog

from gateway.problems.problem import Fault, ProblemError

log = structlog.get_logger(__name__)

AWAY = "inventory_service_unavailable"
FAILED = "upstream_invalid"
"""What every status that is not listed is told as: the client can do nothing about it."""
PROBLEMS: Mapping[grpc.StatusCode, str] = {
    grpc.StatusCode.NOT_FOUND: "product_not_found",
    grpc.StatusCode.INVALID_ARGUMENT: "invalid_query",
    grpc.StatusCode.DEADLINE_EXCEEDED: "upstream_timeout",
    grpc.StatusCode.UNAVAILABLE: AWAY,
    grpc.StatusCode.CANCELLED: AWAY,
    grpc.StatusCode.RESOURCE_EXHAUSTED: AWAY,
}
DETAILS: Mapping[str, str] = {
    "product_not_found": "There is no such product.",
    "invalid_query": "Some parameters are wrong.",
    "upstream_timeout": "inventory took too long.",
    AWAY: "No instance of inventory can answer just now.",
    FAILED: "The answer of inventory makes no sense.",
}
ABOUT_THE_REQUEST = ("product_not_found", "invalid_query")


def problem_of(error: grpc.aio.AioRpcError) -> ProblemError:
    """The problem that a failed call is for the client; what inventory said of it stays in the log."""
    code = PROBLEMS.get(error.code(), FAILED)
    if code not in ABOUT_THE_REQUEST:
        log.warning("call failed", status=error.code().name, details=error.details())
    faults = [Fault("/sku", "That cannot be a SKU.")] if code == "invalid_query" else []
    return ProblemError(code, DETAILS[code], errors=faults)


def away() -> ProblemError:
    """The problem while there is no instance to call."""
    return ProblemError(AWAY, DETAILS[AWAY])
