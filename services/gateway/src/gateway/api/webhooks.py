"""Webhooks over HTTP: subscribe, list, rotate, remove, and read the log of deliveries."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import ValidationError
from starlette.responses import Response

from gateway.api.authorization import authorise
from gateway.http.bodies import Body, read_json
from gateway.http.card_numbers import refuse_card_numbers
from gateway.openapi.operation import Answer, operation
from gateway.openapi.parameters import DIGITS, WebhookIdInPath
from gateway.problems.problem import ProblemError
from gateway.problems.validation_errors import field_errors
from gateway.reads.representations import PRIVATE, json_response
from gateway.state.gateway import gateway_of
from gateway.webhooks.documents import (
    NewWebhook,
    OrderStatusWebhook,
    RotatedWebhook,
    Webhook,
    WebhookDeliveries,
    WebhookRequest,
    Webhooks,
)

ADD_WEBHOOK = operation(
    Answer(
        status=201,
        says="From now on your system is told.",
        model=NewWebhook,
        example="new_webhook",
        headers=("Location",),
    ),
    body=(WebhookRequest, "webhook_request"),
    refuses=("invalid_webhook", "card_number_refused", "webhook_exists", "too_many_webhooks"),
)
LIST_WEBHOOKS = operation(
    Answer(status=200, says="The subscriptions.", model=Webhooks, example="webhooks")
)
READ_WEBHOOK = operation(
    Answer(status=200, says="The subscription.", model=Webhook, example="webhook"),
    refuses=("webhook_not_found",),
)
REMOVE_WEBHOOK = operation(
    Answer(status=204, says="Nothing more is told there."), refuses=("webhook_not_found",)
)
ROTATE_WEBHOOK = operation(
    Answer(status=200, says="Both secrets sign.", model=RotatedWebhook, example="rotated_webhook"),
    refuses=("webhook_not_found",),
)
LIST_DELIVERIES = operation(
    Answer(status=200, says="The log.", model=WebhookDeliveries, example="webhook_deliveries"),
    refuses=("webhook_not_found",),
)

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
sent = APIRouter(tags=["webhooks"])
"""What customers' systems are sent; only described here, for the notifier sends it."""
Document = dict[str, Any]


@router.post("", **ADD_WEBHOOK)
async def add_webhook(request: Request) -> Response:
    """Have one of your systems told, from now on, whenever the status of an order of yours changes.

    Each webhook is a POST to the URL, signed as Standard Webhooks has it, and sent again with growing
    delay for a day until it is answered with 2xx; 410 ends the subscription. The secret is shown once.
    """
    caller = await authorise(request)
    url = _url(await read_json(request))
    made = _shown(await gateway_of(request).webhooks.add(caller.customer_id, url))
    return json_response(made, 201, {"Location": made["links"]["self"], **PRIVATE})


@router.get("", **LIST_WEBHOOKS)
async def list_webhooks(request: Request) -> Response:
    """Where your systems are told, the oldest first."""
    caller = await authorise(request)
    found = await gateway_of(request).webhooks.list(caller.customer_id)
    return json_response({"data": [_shown(one) for one in found["data"]]}, 200, dict(PRIVATE))


@router.get("/{webhook_id}", **READ_WEBHOOK)
async def read_webhook(request: Request, webhook_id: WebhookIdInPath) -> Response:
    """One subscription, without its secret; `disabled` once its URL has answered 410."""
    caller = await authorise(request)
    found = await gateway_of(request).webhooks.read(caller.customer_id, webhook_id)
    return json_response(_shown(found), 200, dict(PRIVATE))


@router.delete("/{webhook_id}", **REMOVE_WEBHOOK)
async def remove_webhook(request: Request, webhook_id: WebhookIdInPath) -> Response:
    """Have nothing more told there: neither what is to come nor what is waiting. Its log goes, too."""
    caller = await authorise(request)
    await gateway_of(request).webhooks.remove(caller.customer_id, webhook_id)
    return Response(status_code=204, headers=PRIVATE)


@router.post("/{webhook_id}/rotate", **ROTATE_WEBHOOK)
async def rotate_webhook(request: Request, webhook_id: WebhookIdInPath) -> Response:
    """Have it signed with a new secret. The previous one signs as well until `previous_until`."""
    caller = await authorise(request)
    rotated = await gateway_of(request).webhooks.rotate(caller.customer_id, webhook_id)
    return json_response(_shown(rotated), 200, dict(PRIVATE))


@router.get("/{webhook_id}/deliveries", **LIST_DELIVERIES)
async def list_deliveries(
    request: Request,
    webhook_id: WebhookIdInPath,
    limit: Annotated[int, Query(ge=1, le=100), DIGITS] = 20,
    starting_after: Annotated[int | None, Query(ge=1, le=2**53), DIGITS] = None,
) -> Response:
    """What was told there and how that went, the newest first; it is kept for 30 days."""
    caller = await authorise(request)
    query: dict[str, int] = {"limit": limit}
    if starting_after is not None:
        query["starting_after"] = starting_after
    webhooks = gateway_of(request).webhooks
    page = await webhooks.deliveries(caller.customer_id, webhook_id, query)
    return json_response(page, 200, dict(PRIVATE))


@sent.post("order-status-changed", status_code=204)
def order_status_changed(body: OrderStatusWebhook) -> None:
    """A POST to your URL for each change of an order of yours, signed as Standard Webhooks has it.

    Its headers are `webhook-id`, the same however often it is sent, `webhook-timestamp` and
    `webhook-signature`. Answer 2xx within ten seconds, or 410 to be told nothing more.
    """


def _url(body: Body) -> str:
    try:
        refuse_card_numbers(body)
        return WebhookRequest.model_validate(body.value).url
    except ValidationError as error:
        errors = field_errors(error)
    raise ProblemError("invalid_webhook", "The body is not right.", errors=errors)


def _shown(document: Document) -> Document:
    here = f"/v1/webhooks/{document['id']}"
    return {**document, "links": {"self": here, "deliveries": f"{here}/deliveries"}}
