"""Subscriptions over HTTP. What somebody else has is not there: 404."""

from typing import Annotated

from events.limits import CUSTOMER_ID_MAX
from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import RowMapping

from notifier.webhooks.documents import (
    Delivery,
    DeliveryPage,
    NewSubscription,
    RotatedSubscription,
    Subscription,
    SubscriptionList,
)
from notifier.webhooks.hosts import host_of, receiver_at
from notifier.webhooks.subscriptions import ExistsError, Subscriptions, TooManyError
from notifier.webhooks.targets import BadTargetError

router = APIRouter(prefix="/webhooks")
Customer = Annotated[str, Query(min_length=1, max_length=CUSTOMER_ID_MAX)]


class Wanted(BaseModel):
    """Where a customer wants to be told."""

    model_config = ConfigDict(extra="forbid")

    customer_id: str = Field(min_length=1, max_length=CUSTOMER_ID_MAX)
    url: str


@router.post("", status_code=201)
async def add(wanted: Wanted, request: Request) -> NewSubscription:
    """Tell a customer at an address from now on. 409 says `exists` or `too_many`."""
    try:
        url = request.app.state.targets.check(wanted.url)
        host = receiver_at(host_of(url))
        made = await _subscriptions(request).add(wanted.customer_id, wanted.url, host)
    except BadTargetError as error:
        raise HTTPException(422, str(error)) from None
    except ExistsError:
        raise HTTPException(409, "exists") from None
    except TooManyError:
        raise HTTPException(409, "too_many") from None
    return NewSubscription.model_validate(made)


@router.get("")
async def list_all(customer_id: Customer, request: Request) -> SubscriptionList:
    """Where a customer is told."""
    found = await _subscriptions(request).of(customer_id)
    return SubscriptionList(data=[Subscription.model_validate(dict(row)) for row in found])


@router.get("/{subscription_id}")
async def read(subscription_id: str, customer_id: Customer, request: Request) -> Subscription:
    """One of a customer's subscriptions."""
    found = await _subscriptions(request).one(customer_id, subscription_id)
    if found is None:
        raise _nowhere()
    return Subscription.model_validate(dict(found))


@router.post("/{subscription_id}/rotate")
async def rotate(
    subscription_id: str, customer_id: Customer, request: Request
) -> RotatedSubscription:
    """Give it a new secret."""
    rotated = await _subscriptions(request).rotate(customer_id, subscription_id)
    if rotated is None:
        raise _nowhere()
    return RotatedSubscription.model_validate(rotated)


@router.delete("/{subscription_id}", status_code=204)
async def remove(subscription_id: str, customer_id: Customer, request: Request) -> Response:
    """Tell nothing more there."""
    if not await _subscriptions(request).remove(customer_id, subscription_id):
        raise _nowhere()
    return Response(status_code=204)


@router.get("/{subscription_id}/deliveries")
async def log(
    subscription_id: str,
    customer_id: Customer,
    request: Request,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    starting_after: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> DeliveryPage:
    """What was told there and how that went, the newest first."""
    subscriptions = _subscriptions(request)
    if await subscriptions.one(customer_id, subscription_id) is None:
        raise _nowhere()
    rows = await subscriptions.deliveries(subscription_id, limit + 1, starting_after)
    page, more = rows[:limit], len(rows) > limit
    return DeliveryPage(
        data=[_delivery(row) for row in page],
        has_more=more,
        next_cursor=page[-1]["number"] if more else None,
    )


def _subscriptions(request: Request) -> Subscriptions:
    subscriptions: Subscriptions = request.app.state.subscriptions
    return subscriptions


def _delivery(row: RowMapping) -> Delivery:
    waits = row["status"] == "pending"
    return Delivery.model_validate({**row, "next_try_at": row["due_at"] if waits else None})


def _nowhere() -> HTTPException:
    return HTTPException(404, "there is no such subscription")
