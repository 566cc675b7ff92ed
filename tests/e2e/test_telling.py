"""What is logged of a story: told when it fails, and never what a customer is called."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from e2e.planted import PLANTED, found_in_logs
from e2e.telling import LINES, logged_of, told_of, traced_of
from stack import Settings, System, all_processes
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from testkit import samples
from testkit.ports import free_port
from testkit.serving import served


def line(number: int, order_id: str) -> str:
    told = {"order_id": order_id, "number": number, "event": "tried", "level": "info"}
    return json.dumps(told | {"timestamp": f"2026-11-29T14:00:{number:02}Z"}) + "\n"


def test_the_last_lines_about_an_order_are_told_in_the_order_of_time(tmp_path: Path) -> None:
    order, other = samples.new_order(), samples.new_order()
    system = System(Settings(state_dir=tmp_path), ())
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "psp.log").write_text(line(51, order) + line(52, other))
    (folder / "gateway.log").write_text("".join(line(number, order) for number in range(50)))
    told = logged_of(system, order)
    assert len(told) == LINES
    assert "number=49" in told[-2]
    assert "psp" in told[-1]
    assert "number=51" in told[-1]
    assert logged_of(system, other) == [
        told[-1].replace("number=51", "number=52").replace(":51.", ":52.").replace(order, other)
    ]
    assert logged_of(system, samples.new_order()) == ["  nothing"]


def test_what_a_log_says_of_a_person_is_a_violation(tmp_path: Path) -> None:
    system = System(Settings(state_dir=tmp_path), ())
    log = tmp_path / "logs" / "psp.log"
    log.parent.mkdir()
    log.write_text(line(1, samples.new_order()))
    assert found_in_logs(system) == []
    for what, text in PLANTED.items():
        log.write_text(f"somebody is {text}, it says\n")
        (found,) = found_in_logs(system)
        assert found.subject == "psp"
        assert found.finding.startswith(f"{what}: ")


def spans_about(order_id: str) -> dict[str, object]:
    """A request as the store of spans returns it."""
    span = {
        "traceId": "4b" * 16,
        "spanId": "f0" * 8,
        "name": "POST /v1/orders",
        "kind": 2,
        "startTimeUnixNano": "1764500000000000000",
        "endTimeUnixNano": "1764500000020000000",
        "attributes": [{"key": "orderstream.order.id", "value": {"stringValue": order_id}}],
    }
    service = {"key": "service.name", "value": {"stringValue": "gateway"}}
    resource = {"attributes": [service]}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]}


async def spans_of(request: Request) -> JSONResponse:
    return JSONResponse(spans_about(request.path_params["order"]))


def system_at(folder: Path, port: int) -> System:
    """A system that is not up, but for the store of spans at this port."""
    settings = Settings(state_dir=folder, traces_port=port)
    (folder / "logs").mkdir()
    (folder / "logs" / "gateway.log").write_text(line(1, samples.new_order()))
    return System(settings, tuple(all_processes(settings)))


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[System]:
    app = Starlette(routes=[Route("/orders/{order}/spans", spans_of)])
    async with served(app) as address:
        yield system_at(tmp_path, int(address.rpartition(":")[2]))


async def test_a_failed_story_tells_its_orders_trace(system: System) -> None:
    order = samples.new_order()
    told = await told_of(system, order)
    start = told.index("Its trace:")
    assert told[start + 1] == f"  {order}: 1 span"
    assert "  >      0     20 gateway POST /v1/orders" in told[start:]


async def test_a_trace_that_cannot_be_read_leaves_the_rest_to_be_told(tmp_path: Path) -> None:
    (line,) = await traced_of(system_at(tmp_path, free_port()), samples.new_order())
    assert "The store of spans does not answer" in line
