"""Every hop that services declare is in an order's trace: created, processed by each follower, and what follows from it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import httpx
import pytest
from e2e.fault_plans import place_planned, redrive
from e2e.planted import CUSTOMER, PLANTED
from e2e.shop import Shop
from events import Envelope, Topic
from orderstream.following.records import read_records
from orderstream.maps.registries import event_services, handlers_of
from orderstream.tracing.spans import Kind, Span, read_spans
from orderstream.tracing.tree import grow
from testkit.waiting import until
from tracing.conventions import faults
from tracing.names import WAIT

pytestmark = pytest.mark.system
WITHOUT_HANDLERS = "analytics"
"""It counts whatever its topic holds."""
WORK = ("process ", "handle ")
CUSTOMERS = "cus_traced"
SUBSCRIBER = "cus_traced_and_told"
ASKED_TWICE, SET_ASIDE = "carrier_reset", "poison_at_inventory"
RESENDS, MESSAGE = "http.request.resend_count", "messaging.message.id"
Way = Callable[[Shop], Awaitable[str]]


async def completed(shop: Shop) -> str:
    return await shop.place(CUSTOMERS)


async def declined(shop: Shop) -> str:
    return await shop.place(CUSTOMERS, token="tok_declined")


async def cancelled(shop: Shop) -> str:
    order_id = await shop.place(CUSTOMERS, token="tok_slow")
    await shop.client.cancel(order_id, CUSTOMERS)
    return order_id


async def out_of_stock(shop: Shop) -> str:
    return await shop.place(CUSTOMERS, sku=shop.product(), quantity=900)


@pytest.fixture(params=[completed, declined, cancelled, out_of_stock], ids=lambda way: way.__name__)
async def order_id(shop: Shop, request: pytest.FixtureRequest) -> str:
    way: Way = request.param
    order_id = await way(shop)
    await shop.end(order_id, CUSTOMERS)
    return order_id


async def document_of(shop: Shop, order_id: str) -> httpx.Response:
    return await shop.http.get(f"{shop.system.url('traces')}/orders/{order_id}/spans")


async def spans_of(shop: Shop, order_id: str) -> list[Span]:
    response = await document_of(shop, order_id)
    return [*read_spans(response.json())] if response.is_success else []


async def events_of(shop: Shop, order_id: str) -> list[Envelope]:
    records = await read_records(shop.system.settings.kafka_bootstrap, order_id)
    known = {one.envelope.id: one.envelope for one in records if one.envelope is not None}
    return list(known.values())


def handling(envelope: Envelope) -> Iterator[str]:
    """The services that act on an event."""
    topic: Topic = envelope.event.topic
    for service in event_services():
        types = {row.fact_type for row in handlers_of(service).registrations}
        if service in topic.followed_by and type(envelope.event) in types:
            yield service
    if WITHOUT_HANDLERS in topic.followed_by:
        yield WITHOUT_HANDLERS


def missing(events: list[Envelope], spans: list[Span]) -> Iterator[str]:
    """Each hop of these events that the spans do not show."""
    by_id = {span.span_id: span for span in spans}
    for envelope in events:
        what = f"{envelope.event.type_name()} of {envelope.source}"
        mine = [
            one for one in spans if one.attributes.get("messaging.message.id") == str(envelope.id)
        ]
        created = [one for one in mine if one.kind is Kind.PRODUCER]
        if [one.span_id for one in created] != [(envelope.traceparent or "--").split("-")[2]]:
            yield f"{what} is not created once, as its record says"
            continue
        cause = by_id.get(created[0].parent_id or "")
        if cause is None or cause.service != envelope.source:
            yield f"{what} follows from nothing in its service"
        elif envelope.source != "gateway" and not cause.name.startswith(WORK):
            yield f"{what} follows from {cause.name}"
        found = {one.service for one in mine if one.parent_id == created[0].span_id}
        yield from (f"{what} is not processed in {one}" for one in {*handling(envelope)} - found)
    for answer in (one for one in spans if one.name.startswith("handle ")):
        call = by_id.get(answer.parent_id or "")
        if call is None or call.service != answer.service or not leads_to(call, answer):
            yield f"{answer.name} answers no call of {answer.service}"


def leads_to(cause: Span, answer: Span) -> bool:
    """Tell whether an answer follows from its call, or by webhook from what had asked for the call.

    A webhook can come first. It knows the command alone: neither the call nor how long that took.
    """
    if any(name.startswith(WAIT) for name in answer.attributes):
        return cause.kind is Kind.CLIENT
    return cause.name.startswith(WORK)


Lacking = Callable[[list[Span]], Iterator[str]]


async def whole_trace(shop: Shop, order_id: str, more: Lacking = lambda _: iter(())) -> list[Span]:
    """Every span of an order, once no hop is missing, and nothing else that `more` looks for."""
    lacking: list[str] = []
    spans: list[Span] = []

    async def is_whole() -> bool:
        events = await events_of(shop, order_id)
        spans[:] = await spans_of(shop, order_id)
        lacking[:] = [*missing(events, spans), *more(spans)]
        return not lacking

    with suppress(AssertionError):  # what is missing says more than that something is
        await until("every hop is in the trace", is_whole)
    assert lacking == []
    assert [fault for span in spans for fault in faults(span)] == []
    return spans


async def test_every_declared_hop_is_in_the_trace(shop: Shop, order_id: str) -> None:
    first, *_ = grow(await whole_trace(shop, order_id))
    assert first.spans[0].name == "POST /v1/orders"


@dataclass(frozen=True, slots=True)
class Troubled:
    """Orders of one customer, whose own system is told: by what befalls them."""

    hook: str
    asked_twice: str
    set_aside: str

    @property
    def all(self) -> list[str]:
        return [self.asked_twice, self.set_aside]


async def subscribed(shop: Shop, customer: str) -> str:
    """Have a customer's own system told of its orders; gives the address where it shows what came."""
    hook = f"{shop.system.url('subscriber')}/hooks/{customer}"
    answer = await shop.post("/v1/webhooks", {"url": hook}, customer=customer)
    secret = answer.raise_for_status().json()["secret"]
    (await shop.http.put(hook, json={"secrets": [secret]})).raise_for_status()
    return hook


async def troubled(shop: Shop) -> Troubled:
    """Both orders at once, each through its trouble to its end."""
    hook = await subscribed(shop, SUBSCRIBER)
    plans = (ASKED_TWICE, SET_ASIDE)
    asked, aside = await asyncio.gather(*(place_planned(shop, one, SUBSCRIBER) for one in plans))
    await redrive(shop, SET_ASIDE, [aside])
    await asyncio.gather(*(shop.end(one, SUBSCRIBER) for one in (asked, aside)))
    return Troubled(hook, asked, aside)


def caused_by(spans: list[Span], cause: Span) -> list[str]:
    """What followed from a span, by name."""
    return [one.name for one in spans if one.parent_id == cause.span_id]


def not_told(spans: list[Span]) -> Iterator[str]:
    """Whether the customer's mail and the webhooks follow from the changes that they tell of."""
    changes = {
        one.span_id
        for one in spans
        if (one.service, one.name) == ("notifier", "process order-status-changed")
    }
    created = [one for one in spans if one.name == "create order-status-changed"]
    for name, times in (("webhook POST", len(created)), ("SMTP send", 1)):
        found = [one for one in spans if one.name == name and one.parent_id in changes]
        if len(found) != times:
            yield f"{len(found)} of {times} spans {name} follow from a change"


async def test_a_trace_goes_on_through_trouble_and_to_whom_is_told(shop: Shop) -> None:
    orders = await troubled(shop)
    asked, aside = [await whole_trace(shop, one, not_told) for one in orders.all]
    received = (await shop.http.get(orders.hook)).json()["received"]
    assert received
    told = [one for one in (*asked, *aside) if one.name == "webhook POST"]
    assert len(told) == len(received)

    first, again = (one for one in asked if one.name == "POST /v2/shipments")
    assert (first.trace_id, first.parent_id) == (again.trace_id, again.parent_id)
    assert (first.failed, again.failed) == (True, False)
    assert (first.attributes.get(RESENDS), again.attributes.get(RESENDS)) == (None, 1)
    assert caused_by(asked, first) == []
    assert caused_by(asked, again) == ["handle Booked"]

    failed = next(one for one in aside if one.service == "inventory" and one.failed)
    tries = [
        one
        for one in aside
        if one.service == "inventory" and one.attributes.get(MESSAGE) == failed.attributes[MESSAGE]
    ]
    assert {(one.trace_id, one.parent_id) for one in tries} == {(failed.trace_id, failed.parent_id)}
    assert tries[-1].failed is False
    assert "create inventory-updated" in caused_by(aside, tries[-1])


async def test_a_trace_that_lacks_a_hop_is_seen(shop: Shop) -> None:
    order_id = await completed(shop)
    await shop.end(order_id, CUSTOMERS)

    async def whole() -> tuple[list[Envelope], list[Span]] | None:
        events, spans = await events_of(shop, order_id), await spans_of(shop, order_id)
        return (events, spans) if not [*missing(events, spans)] else None

    events, spans = await until("every hop is in the trace", whole)
    for lost in spans:
        needed = lost.kind in (Kind.PRODUCER, Kind.CONSUMER) or lost.name.startswith("handle ")
        if needed:
            assert [*missing(events, [one for one in spans if one is not lost])], lost.name


async def test_no_span_says_who_the_customer_is(shop: Shop) -> None:
    order_id = await shop.place(CUSTOMER)
    await shop.end(order_id, CUSTOMER)

    async def has_left() -> bool:
        return any(span.name == "SMTP send" for span in await spans_of(shop, order_id))

    await until("a mail has left", has_left)
    text = (await document_of(shop, order_id)).text
    assert [what for what, planted in PLANTED.items() if planted in text] == []
