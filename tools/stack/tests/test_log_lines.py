"""Lines of logs, ours and those of Kafka, PostgreSQL and crashing interpreters, as people and programs read them."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from stack import last_lines
from stack.log_lines import as_object, read_entry, readable

FIELDS = 'order_id=ord_1 error="no way" tries=2'
OURS = json.dumps(
    {
        "order_id": "ord_1",
        "error": "no way",
        "code": None,
        "tries": 2,
        "event": "command_postponed",
        "level": "warning",
        "logger": "messaging",
        "service": "payment",
        "instance": "1",
        "timestamp": "2026-11-29T14:00:01.234567Z",
        "exception": "Traceback\n  somewhere\nOSError: no way",
    }
)


def test_one_of_ours_is_a_line_with_its_traceback_below() -> None:
    assert readable(read_entry("payment-worker", OURS)).splitlines() == [
        f"2026-11-29 14:00:01.234 payment-worker     warning  command_postponed {FIELDS}",
        "    Traceback",
        "      somewhere",
        "    OSError: no way",
    ]


def test_a_line_of_today_shows_the_time_alone() -> None:
    now = datetime.now(UTC)
    line = json.dumps({"event": "ready", "level": "info", "timestamp": now.isoformat()})
    assert readable(read_entry("psp", line)).startswith(f"{now:%H:%M:%S}.")


@pytest.mark.parametrize(
    ("line", "at", "level"),
    [
        ("[2026-11-30 14:00:00,123] WARN [Broker id=1] slow (kafka.log)", 123_000, "warning"),
        ("[2026-11-30 14:00:00,123] INFO an ERROR is named (kafka.log)", 123_000, "info"),
        ("2026-11-30 14:00:00.500 UTC [7] orders@orders ERROR:  no row", 500_000, "error"),
        ("2026-11-30 14:00:00.500 UTC [7] orders@orders FATAL:  gone", 500_000, "critical"),
        ("2026-11-30 14:00:00.500 UTC [7] @ LOG:  ready", 500_000, "info"),
        ("2026-11-30 14:00:00,007 CRIT Supervisor is running as root", 7_000, "critical"),
    ],
)
def test_time_and_level_are_found_in_the_lines_of_others(line: str, at: int, level: str) -> None:
    entry = read_entry("kafka", line)
    assert entry.at == datetime(2026, 11, 30, 14, 0, 0, at, UTC)
    assert (entry.level, entry.raw) == (level, line)


@pytest.mark.parametrize(
    "line",
    ["Traceback (most recent call last):", "", "{", '{"event": 1}', "[1, 2]", "2026-99-99 x"],
)
def test_whatever_a_line_is_it_is_shown_as_it_is(line: str) -> None:
    entry = read_entry("psp", line)
    assert (entry.event, entry.at, entry.level) == (line, None, "")
    assert json.loads(as_object(entry)) == {
        "process": "psp",
        "event": line,
        "level": None,
        "timestamp": None,
    }


def test_what_strangers_send_cannot_act_on_a_terminal() -> None:
    evil = "\x1b]0;owned\x07\x1b[2J"
    ours = json.dumps({"event": evil, "path": evil, "timestamp": "2026-11-30T14:00:00Z"})
    for line in (ours, evil):
        assert "\x1b" not in readable(read_entry("gateway", line))
        assert "\x07" not in readable(read_entry("gateway", line))


def test_the_end_of_a_log_is_whole_lines_however_long(tmp_path: Path) -> None:
    log = tmp_path / "psp.log"
    long = json.dumps(
        {"event": "x" * 200_000, "level": "info", "timestamp": "2026-11-29T14:00:00Z"}
    )
    log.write_text(f"first\n{long}\nlast\n")
    assert last_lines(log, 1) == ["last"]
    assert [len(line) > 200_000 for line in last_lines(log, 2)] == [True, False]
    assert last_lines(log, 9)[0] == "first"
    assert last_lines(tmp_path / "none.log", 9) == []
