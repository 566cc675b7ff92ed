"""Asking the store of spans about an order, and what is said where there is nothing to show."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from orderstream.errors import CommandError
from orderstream.tracing import read_traces
from stack import Settings, System, all_processes, load, pick
from testkit.ports import free_port
from testkit.processes import running

ORDER = "ord_0199c0ffee007000800000000000cafe"


def system_of(settings: Settings, *names: str) -> System:
    return System(settings, pick(all_processes(settings), names))


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system of which the store of spans alone runs."""
    folder, port = tmp_path_factory.mktemp("traces"), free_port()
    told = {"HTTP_PORT": str(port), "DATA_DIR": str(folder / "data")}
    with running("traces", "serve", log=folder / "log", **told):
        yield system_of(load(state_dir=folder, traces_port=port), "traces")


@pytest.mark.process
async def test_the_traces_of_an_order_are_those_that_were_sent(system: System) -> None:
    about = [{"key": "orderstream.order.id", "value": {"stringValue": ORDER}}]
    first = {"traceId": "ab" * 16, "spanId": "01" * 8, "name": "POST /v1/orders", "kind": 2}
    then = {"traceId": "ab" * 16, "spanId": "02" * 8, "name": "create order-placed", "kind": 4}
    then |= {"parentSpanId": "01" * 8, "startTimeUnixNano": "1", "endTimeUnixNano": "2000001"}
    spans = [first | {"attributes": about}, then]
    request = {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}
    async with httpx.AsyncClient(base_url=system.url("traces"), timeout=60) as client:
        (await client.post("/v1/traces", json=request)).raise_for_status()
    (trace,) = await read_traces(system, ORDER)
    assert [(one.name, one.duration_ms) for one in trace.spans] == [
        ("POST /v1/orders", 0),
        ("create order-placed", 2),
    ]


@pytest.mark.process
async def test_an_order_without_spans_is_told_with_where_else_to_look(system: System) -> None:
    with pytest.raises(CommandError, match=r"no span about ord_unknown\. .* follow ord_unknown"):
        await read_traces(system, "ord_unknown")


async def test_a_store_that_does_not_answer_is_told(tmp_path: Path) -> None:
    system = system_of(load(state_dir=tmp_path, traces_port=free_port()), "traces")
    with pytest.raises(CommandError, match=r"does not answer\. Look at: .* logs traces"):
        await read_traces(system, ORDER)


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"otel_exporter_otlp_endpoint": "http://c:4318"}, r"Spans go to http://c:4318 \(ORDERS"),
        ({"platform": "compose"}, f"127.0.0.1:18086/search.*{ORDER}"),
        ({"platform": "container", "port_prefix": 28}, "127.0.0.1:28086/search"),
        ({}, "has no store of spans. Start it again"),
    ],
)
async def test_where_the_spans_are_is_told_where_there_is_no_store(
    tmp_path: Path, chosen: dict[str, object], said: str
) -> None:
    with pytest.raises(CommandError, match=said):
        await read_traces(system_of(load(state_dir=tmp_path, **chosen), "gateway"), ORDER)
