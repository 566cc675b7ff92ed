"""Asks the store of spans about one order; where there is none, says where its spans are."""

import json
from urllib.parse import quote

import httpx
from client.http import open_http
from stack import Settings, System
from stack.hints import program

from orderstream.errors import CommandError
from orderstream.tracing.spans import read_spans
from orderstream.tracing.tree import Trace, grow

STORE = "traces"
ENDPOINT = "ORDERSTREAM_OTEL_EXPORTER_OTLP_ENDPOINT"
TIMEOUT_S = 10.0


async def read_traces(system: System, order_id: str) -> list[Trace]:
    """Return the traces that are about an order, the earliest first.

    Raises:
        CommandError: there are none, or the store does not answer; with what to do.
    """
    url = f"{_store_of(system, order_id)}/orders/{order_id}/spans"
    try:
        async with open_http(timeout=TIMEOUT_S, verify=False) as client:
            response = await client.get(url)
    except httpx.TransportError:
        raise CommandError(
            f"The store of spans does not answer. Look at: {program()} logs {STORE}"
        ) from None
    if response.status_code == httpx.codes.NOT_FOUND:
        raise CommandError(_nothing(system.settings, order_id))
    if not response.is_success:
        raise CommandError(f"The store of spans answered {response.status_code}: {response.text}")
    return grow(read_spans(response.json()))


def _store_of(system: System, order_id: str) -> str:
    """Return the address of the system's own store of spans."""
    if any(process.name == STORE for process in system.processes):
        return system.url(STORE)
    endpoint = system.settings.otel_exporter_otlp_endpoint
    if system.settings.platform != "native":
        raise CommandError(_in_containers(system.settings, order_id))
    if endpoint is not None:
        raise CommandError(
            f"Spans go to {endpoint} ({ENDPOINT}): look there, or unset it and start again."
        )
    raise CommandError(
        "The running system has no store of spans. Start it again: make down, make up"
    )


def _in_containers(settings: Settings, order_id: str) -> str:
    tags = quote(json.dumps({"orderstream.order.id": order_id}))
    page = f"http://127.0.0.1:{_jaeger_port(settings)}/search?service=gateway&tags={tags}"
    start = f"{ENDPOINT}=http://jaeger:4318 docker compose --profile observability up --wait"
    return f"Containers send their spans to Jaeger, where that runs:\n  {start}\nThe order there: {page}"


def _jaeger_port(settings: Settings) -> int:
    """Return where the compose file publishes Jaeger's pages, unless ORDERSTREAM_JAEGER_PORT moves them."""
    return (settings.port_prefix or 18) * 1000 + 86


def _nothing(settings: Settings, order_id: str) -> str:
    return (
        f"There is no span about {order_id}. Services send theirs within seconds: try again. "
        f"Beyond {settings.traces_max_mb} MiB the oldest spans are removed, and a reset removes all. "
        f"What happened to the order is in the topics: {program()} follow {order_id}"
    )
