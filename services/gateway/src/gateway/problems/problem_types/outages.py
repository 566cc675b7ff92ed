"""Problem types while something is unavailable or overloaded."""

from collections.abc import Mapping

from gateway.problems.problem_types.problem_type import TRY_AGAIN, ProblemType

OUTAGES: Mapping[str, ProblemType] = {
    "catalogue_not_ready": ProblemType(
        503,
        "The catalogue is still being read",
        "The gateway has just started, and does not know all prices yet.",
        TRY_AGAIN,
    ),
    "database_unavailable": ProblemType(
        503,
        "The order book is away",
        "The gateway's own database does not answer.",
        TRY_AGAIN,
    ),
    "order_service_unavailable": ProblemType(
        503,
        "The order service is away",
        "No instance of the order service answers. Orders are still accepted.",
        TRY_AGAIN,
    ),
    "inventory_service_unavailable": ProblemType(
        503,
        "The inventory service is away",
        "No instance of the inventory service answers. Orders are still accepted.",
        TRY_AGAIN,
    ),
    "notifier_service_unavailable": ProblemType(
        503,
        "The notifier is away",
        "No instance of the notifier's API answers. What webhooks have to tell is not lost.",
        "Try again after Retry-After seconds; look first whether a new subscription is there already.",
    ),
    "upstream_invalid": ProblemType(
        502,
        "The answer of a service makes no sense",
        "The service that knows has answered with something that is no answer to the question.",
        "Try again later; if it stays so, tell the operators the request_id.",
    ),
    "upstream_timeout": ProblemType(
        504,
        "A service took too long",
        "The service that knows has not answered in the time that the route allows.",
        "Try again in a moment: reading changes nothing.",
    ),
    "keys_unavailable": ProblemType(
        503,
        "The token issuer's keys are away",
        "The gateway has no keys to verify tokens with, and the token issuer does not answer.",
        TRY_AGAIN,
    ),
    "too_many_connections": ProblemType(
        503,
        "Too many connections at once",
        "The gateway, or your address, has as many connections as it may, and all of them are in use.",
        "Use connections again instead of opening new ones, or come back after Retry-After seconds.",
    ),
    "overloaded": ProblemType(
        503,
        "Too many orders at once",
        "More orders are waiting to be accepted than the gateway is willing to keep waiting.",
        TRY_AGAIN,
    ),
}
