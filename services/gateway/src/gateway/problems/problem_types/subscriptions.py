"""What live streams and tickets for them are refused for."""

from collections.abc import Mapping

from gateway.problems.problem_types.problem_type import ProblemType

STREAMS: Mapping[str, ProblemType] = {
    "position_unknown": ProblemType(
        400,
        "No message has this position",
        "A stream was to go on after a message that has never been sent.",
        "Leave the position out to begin at the beginning.",
    ),
    "ticket_invalid": ProblemType(
        401,
        "The ticket is not valid",
        "A ticket opens one stream, once, within 30 seconds, at the path that it was bought for.",
        "Buy a new one: POST /v1/tickets.",
    ),
    "invalid_ticket_request": ProblemType(
        422,
        "There are no tickets for this",
        "The body is not a path alone, or no live stream has that path.",
        'Send {"path": PATH} with a stream\'s path, such as /v1/orders/ID/events, without a query.',
        example="/path",
    ),
    "too_many_own_streams": ProblemType(
        429,
        "You have too many live streams",
        "One customer may have so many streams at a gateway, lest they take the places of all others.",
        "Close some that nobody looks at; orders that have ended close theirs by themselves.",
    ),
    "too_many_streams": ProblemType(
        503,
        "Too many live streams",
        "This gateway keeps as many streams open as it may.",
        "Come again after Retry-After seconds, or ask for the order's document now and then.",
    ),
}

WEBHOOKS: Mapping[str, ProblemType] = {
    "webhook_not_found": ProblemType(
        404,
        "You have no such subscription",
        "There is no subscription of this id, or it is somebody else's.",
        "See GET /v1/webhooks for those that you have.",
    ),
    "webhook_exists": ProblemType(
        409,
        "You are told there already",
        "There is a subscription of yours with this URL: told twice, your system would act twice.",
        "Use that one. If its secret was lost, rotate it: the new one is shown once.",
    ),
    "too_many_webhooks": ProblemType(
        409,
        "You have as many subscriptions as one may have",
        "Each customer may have a few addresses, and you have that many.",
        "Remove one that is not needed any more: DELETE /v1/webhooks/ID.",
    ),
    "invalid_webhook": ProblemType(
        422,
        "No webhook can be sent there",
        "The body is not a URL alone, or webhooks may not go where it leads.",
        'Send {"url": URL}: https, a host that the public internet knows, no user, no fragment.',
        example="/url",
    ),
}
