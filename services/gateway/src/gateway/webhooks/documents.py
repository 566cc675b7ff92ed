"""What is promised of webhooks: subscriptions, their log, and what is sent."""

from datetime import datetime
from typing import Literal

from events import CancellationReason, OrderId, OrderStatus
from events.limits import URL_BYTES_MAX
from pydantic import BaseModel, ConfigDict, Field


class WebhookRequest(BaseModel):
    """Where your system is to be told."""

    model_config = ConfigDict(extra="forbid", strict=True)

    url: str = Field(min_length=1, max_length=URL_BYTES_MAX, description="https, and public.")


class WebhookLinks(BaseModel):
    """Where the subscription is found, and its log."""

    self: str
    deliveries: str


class Webhook(BaseModel):
    """A subscription; `disabled` once its URL has answered 410."""

    id: str
    url: str
    status: Literal["active", "disabled"]
    created_at: datetime
    links: WebhookLinks


class NewWebhook(Webhook):
    """A subscription with its secret, which is shown this once."""

    secret: str


class RotatedWebhook(NewWebhook):
    """A subscription with its new secret; the previous one signs as well until `previous_until`."""

    previous_until: datetime


class Webhooks(BaseModel):
    """All of yours, the oldest first."""

    data: list[Webhook]


class WebhookDelivery(BaseModel):
    """One webhook: `pending` while it is tried, then `delivered`, `failed` or `dropped`.

    `id` is its `webhook-id`; `response_status` and `error` are about the last try.
    """

    id: str
    order_id: OrderId
    sequence: int = Field(ge=1, description="Of the change of the order's status.")
    status: Literal["pending", "delivered", "failed", "dropped"]
    attempts: int = Field(ge=0)
    response_status: int | None
    error: str | None
    created_at: datetime
    next_try_at: datetime | None
    finished_at: datetime | None


class WebhookDeliveries(BaseModel):
    """A page of the log, the newest first; `next_cursor` goes into `starting_after`."""

    data: list[WebhookDelivery]
    has_more: bool
    next_cursor: int | None


class OrderStatusData(BaseModel):
    """Which order's status is now another one.

    `sequence` counts its changes without a gap; a status may be skipped.
    """

    order_id: OrderId
    sequence: int = Field(ge=1)
    status: OrderStatus
    previous: OrderStatus | None
    reason: CancellationReason | None
    tracking_code: str | None


class OrderStatusWebhook(BaseModel):
    """What your system is sent: a change of an order's status, and when it happened."""

    type: Literal["order.status_changed"]
    timestamp: datetime
    data: OrderStatusData
