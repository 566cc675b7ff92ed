"""What subscriptions to webhooks are refused for."""

from collections.abc import Mapping

from gateway.problems.kinds.kind import Kind

WEBHOOKS: Mapping[str, Kind] = {
    "webhook_not_found": Kind(
        404,
        "You have no such subscription",
        "There is no subscription of this id, or it is somebody else's.",
        "See GET /v1/webhooks for those that you have.",
    ),
    "webhook_exists": Kind(
        409,
        "You are told there already",
        "There is a subscription of yours with this URL: told twice, your system would act twice.",
        "Use that one. If its secret was lost, rotate it: the new one is shown once.",
    ),
    "too_many_webhooks": Kind(
        409,
        "You have as many subscriptions as one may have",
        "Each customer may have a few addresses, and you have that many.",
        "Remove one that is not needed any more: DELETE /v1/webhooks/ID.",
    ),
    "invalid_webhook": Kind(
        422,
        "No webhook can be sent there",
        "The body is not a URL alone, or webhooks may not go where it leads.",
        'Send {"url": URL}: https, a host that the public internet knows, no user, no fragment.',
        example="/url",
    ),
}
