"""The store of spans among the other processes: started with them, stopped after them, needed by none."""

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest
from stack import Layer, Process, Settings, Steps, all_processes, down, pick, up
from stack.steps import Outcome

pytestmark = pytest.mark.process


class Noted(Steps):
    """Keeps the titles of the steps that are done."""

    def __init__(self) -> None:
        self.titles: list[str] = []

    def ended(self, title: str, seconds: float, outcome: Outcome) -> None:
        assert (outcome, seconds >= 0) == ("done", True)
        self.titles.append(title)


async def test_it_is_started_and_keeps_what_it_is_sent_for_the_owner_alone(
    settings: Settings,
) -> None:
    system = await up(settings, pick(all_processes(settings), {"traces"}))
    async with httpx.AsyncClient(base_url=system.url("traces"), timeout=60) as client:
        trace_id = "ab" * 16
        span = {"traceId": trace_id, "spanId": "cd" * 8, "name": "create order-placed"}
        request = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
        assert (await client.post("/v1/traces", json=request)).json() == {}
        assert (await client.get(f"/traces/{trace_id}")).is_success
    folder = system.folders.data / "traces"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
    assert "serving" in system.folders.log_of("traces").read_text()


async def test_it_is_stopped_after_those_who_may_still_send_spans(
    settings: Settings, site: Callable[[str], Process]
) -> None:
    await up(settings, [site("psp"), replace(site("carrier"), layer=Layer.OBSERVABILITY)])
    steps = Noted()
    await down(settings.state_dir, steps=steps)
    assert steps.titles == ["services stopped", "carrier stopped"]
