"""What live streams and tickets for them are refused for."""

from collections.abc import Mapping

from gateway.problems.kinds.kind import Kind

STREAMS: Mapping[str, Kind] = {
    "position_unknown": Kind(
        400,
        "No message has this position",
        "A stream was to go on after a message that has never been sent.",
        "Leave the position out to begin at the beginning.",
    ),
    "ticket_invalid": Kind(
        401,
        "The ticket is not valid",
        "A ticket opens one stream, once, within 30 seconds, at the path that it was bought for.",
        "Buy a new one: POST /v1/tickets.",
    ),
    "invalid_ticket_request": Kind(
        422,
        "There are no tickets for this",
        "The body is not a path alone, or no live stream has that path.",
        'Send {"path": PATH} with a stream\'s path, such as /v1/orders/ID/events, without a query.',
        example="/path",
    ),
    "too_many_streams": Kind(
        503,
        "Too many live streams",
        "This gateway keeps as many streams open as it may.",
        "Come again after Retry-After seconds, or ask for the order's document now and then.",
    ),
}
