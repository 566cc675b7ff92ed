"""Every hop that services declare is in an order's trace: created, processed by each follower, and what follows from it."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress

import httpx
import pytest
from e2e.planted import CUSTOMER, PLANTED
from e2e.shop import Shop
from events import Envelope, Topic
from orderstream.following.records import read_said
from orderstream.maps.registries import event_services, handlers_of
from orderstream.tracing.spans import Kind, Span, read_spans
from orderstream.tracing.tree import grow
from testkit.waiting import until

pytestmark = pytest.mark.system
WITHOUT_HANDLERS = "analytics"
"""It counts whatever its topic holds."""
WORK = ("process ", "handle ")
CUSTOMERS = "cus_traced"
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
    records = await read_said(shop.system.settings.kafka_bootstrap, order_id)
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
        if call is None or call.kind is not Kind.CLIENT or call.service != answer.service:
            yield f"{answer.name} answers no call of {answer.service}"


async def test_every_declared_hop_is_in_the_trace(shop: Shop, order_id: str) -> None:
    lacking: list[str] = []
    spans: list[Span] = []

    async def is_whole() -> bool:
        events = await events_of(shop, order_id)
        spans[:] = await spans_of(shop, order_id)
        lacking[:] = missing(events, spans)
        return not lacking

    with suppress(AssertionError):  # what is missing says more than that something is
        await until("every hop is in the trace", is_whole)
    assert lacking == []
    first, *_ = grow(spans)
    assert first.spans[0].name == "POST /v1/orders"


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
