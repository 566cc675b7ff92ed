"""Subscriptions and deliveries as JSON documents."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel


class Subscription(BaseModel):
    """Where a customer is told; `disabled` once the receiver has answered 410."""

    id: str
    url: str
    status: Literal["active", "disabled"]
    created_at: datetime


class NewSubscription(Subscription):
    """A subscription with its secret, which is shown this once."""

    secret: str


class RotatedSubscription(NewSubscription):
    """The same with its new secret; the previous one signs as well until `previous_until`."""

    previous_until: datetime


class SubscriptionList(BaseModel):
    """All of a customer's, the oldest first."""

    data: list[Subscription]


class Delivery(BaseModel):
    """A line of the log: `pending` while it is tried, then `delivered`, `failed` or `dropped`.

    `id` is the webhook-id, `response_status` what the last try was answered with, if at all.
    """

    id: str
    order_id: str
    sequence: int
    status: Literal["pending", "delivered", "failed", "dropped"]
    attempts: int
    response_status: int | None
    error: str | None
    created_at: datetime
    next_try_at: datetime | None
    finished_at: datetime | None


class DeliveryPage(BaseModel):
    """A page of the log; `next_cursor` goes into `starting_after` for what came before."""

    data: list[Delivery]
    has_more: bool
    next_cursor: int | None
