"""What a newcomer sees: the list of commands, hints that can be followed, tables that fit, no colour alone."""

import io
import re
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from audit.report import Report, RuleResult
from audit.rules import RULES
from client import NoAnswerError
from orderstream import commands
from orderstream.auditing import show_report
from orderstream.cli import ALIASES, GROUPS, NATIVE, app
from orderstream.commands import dashboard
from orderstream.commands.orders import show_orders
from orderstream.dashboard import Feed, line, picture
from orderstream.errors import CommandError, complain
from rich.console import Console
from stack.hints import no_answer, program
from typer.testing import CliRunner

MINUTE = {
    "placed": 12,
    "orders_per_second": 0.2,
    "latency_ms": {"completed": 10, "p50": 400.0, "p95": 431.0, "p99": None},
    "declined": 1,
    "revenue": {"amount": 123400, "currency": "GBP"},
    "orders_by_status": {},
    "cancelled_by_reason": {},
    "products": [],
    "orders_by_country": {},
}
SNAPSHOT: dict[str, Any] = {
    "type": "snapshot",
    "at": "2026-03-01T14:00:00Z",
    "last_minute": MINUTE,
    "windows": [],
    "services": [
        {"name": "gateway", "status": "ready", "detail": None},
        {"name": "order-worker", "status": "not_ready", "detail": "kafka: unavailable"},
        {"name": "psp", "status": "no_answer", "detail": None},
    ],
}
ORDER = {
    "id": "ord_" + 32 * "a",
    "status": "cancelled",
    "reason": "payment_declined",
    "total": {"amount": 123456, "currency": "GBP"},
    "lines": [1, 2],
    "placed_at": "2026-03-01T14:00:00Z",
    "final_at": "2026-03-01T14:00:02Z",
}


def shown(what: Any, width: int) -> str:
    to = Console(width=width, record=True, file=io.StringIO(), color_system=None)
    what(to)
    return to.export_text()


def test_every_command_stands_in_a_group_and_each_group_has_an_example(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    stdout = CliRunner().invoke(app, ["--help"]).stdout
    for group in GROUPS:
        assert f" {group} " in stdout
    assert "─ Commands ─" not in stdout
    files = {one.stem.replace("_", "-") for one in Path(commands.__path__[0]).glob("*.py")}
    assert files - {"--init--"} == {name for group in GROUPS.values() for name in group}
    for example in ("follow last", "order --random 3", "up ", "detach payment-worker"):
        assert f"$ orderstream {example}" in stdout


@pytest.mark.parametrize("command", ["trace", "metrics", "dead-letters set-aside"])
def test_help_breaks_its_lines_where_the_terminal_ends(command: str) -> None:
    asked = [*command.split(), "--help"]
    stdout = CliRunner().invoke(app, asked, env={"COLUMNS": "1000"}).stdout
    lines = [one.strip() for one in stdout.partition("╭")[0].splitlines()]
    paragraphs = "\n".join(lines).strip().split("\n\n")
    assert len(paragraphs) >= 3
    assert not [one for one in paragraphs if "\n" in one]


@pytest.mark.parametrize("name", ALIASES)
def test_an_old_name_still_works_and_is_not_listed(name: str) -> None:
    stdout = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "120"}).stdout
    assert "the old name of" in stdout
    assert f"│ {name} " not in CliRunner().invoke(app, ["--help"], env={"COLUMNS": "120"}).stdout


def test_in_a_container_every_hint_is_a_command_of_docker_compose(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ORDERSTREAM_PLATFORM", "container")
    assert program() == "docker compose run --rm orderstream"
    assert no_answer("Kafka", RuntimeError("no route.")) == (
        "Kafka does not answer: no route. Look at: docker compose run --rm orderstream status"
    )


def test_what_acts_on_processes_of_this_machine_is_known() -> None:
    """In a container it is not listed: each of them refuses to run there."""
    assert {name for group in GROUPS.values() for name in group} >= NATIVE


def test_no_bench_is_begun_in_a_container(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERSTREAM_PLATFORM", "container")
    refused = CliRunner().invoke(app, ["bench", "--rate", "5"])
    assert refused.exit_code == 2
    assert "this command acts on processes of this machine" in refused.output


def test_a_dashboard_without_a_gateway_says_where_to_look(monkeypatch: pytest.MonkeyPatch) -> None:
    async def follow(*_: object) -> AsyncIterator[Any]:
        raise NoAnswerError("no answer in 10 tries")
        yield

    system = SimpleNamespace(url=lambda name: f"http://{name}")
    monkeypatch.setattr("orderstream.commands.dashboard.reach", lambda _: system)
    monkeypatch.setattr("orderstream.commands.dashboard.follow", follow)
    with pytest.raises(CommandError, match=r"The gateway gave no answer in 10 tries\. Look at: "):
        dashboard.run(once=True)


@pytest.mark.parametrize("width", [80, 100, 200])
def test_the_audits_table_is_no_wider_than_one_can_read(width: int) -> None:
    report = Report([RuleResult(rule, {"orders": 1234, "events": 56789}, ()) for rule in RULES], {})
    rows = shown(lambda to: show_report(report, to), width).splitlines()
    assert max(map(len, rows)) <= min(width, 100)
    assert not [row for row in rows if "…" in row]


@pytest.mark.parametrize("width", [80, 120, 200])
def test_orders_are_listed_with_ids_that_a_url_takes(width: int) -> None:
    text = shown(lambda to: show_orders([ORDER], to), width)
    assert ORDER["id"] in text
    assert "…" not in text
    assert ("took" in text) == (width >= 120)


def test_health_is_reported_in_words_where_there_is_no_colour() -> None:
    feed = Feed()
    feed.hear(SNAPSHOT)
    text = shown(lambda to: to.print(picture(feed)), 120)
    assert "✓ gateway" in text
    assert "! not ready: order-worker" in text
    assert "✗ no answer: psp" in text


def test_the_dashboard_is_whole_on_a_terminal_of_80_columns() -> None:
    minute = MINUTE | {
        "products": [{"name": "WHITE HANGING HEART T-LIGHT HOLDER", "sku": "85123A", "units": 10}],
        "orders_by_country": {"GB": 5},
        "orders_by_status": {"completed": 100, "cancelled": 100},
        "cancelled_by_reason": {"payment_declined": 100},
    }
    window = minute | {"start": "2026-03-01T14:00:00Z", "closed": False}
    window["latency_ms"] = {"p95": 21100.0}
    feed = Feed()
    feed.hear(SNAPSHOT | {"last_minute": minute, "windows": [window]})
    text = shown(lambda to: to.print(picture(feed)), 80)
    assert "…" not in text, text
    assert re.search(r"1,234.00 GBP +21,100 ms +now", text), text


def test_the_dashboard_is_a_line_where_there_is_no_terminal() -> None:
    text = line(SNAPSHOT)
    assert "\n" not in text
    assert "12 placed (0.20/s), 10 completed, 1 declined, 1,234.00 GBP earned, p95 431 ms" in text
    assert text.endswith(
        "1 of 3 ready, order-worker is not ready (kafka: unavailable), psp gives no answer"
    )


@pytest.mark.parametrize("no_colour", [True, False])
def test_a_error_is_red_unless_no_colour_is_wanted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, no_colour: bool
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_colour:
        monkeypatch.setenv("NO_COLOR", "1")
    complain("The system is not up.")
    stderr = capsys.readouterr().err
    assert re.sub(r"\x1b\[[0-9;]*m", "", stderr) == "The system is not up.\n"
    assert ("\x1b[31m" in stderr) != no_colour
