"""A simulator's log has the same keys as those of the system under test."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from simkit import logs


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    before = (root.handlers, root.level)
    yield
    root.handlers, root.level = before
    structlog.reset_defaults()


def test_a_json_line_says_when_who_and_what(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("psp", "info", "json")
    structlog.get_logger("psp.till").info("request", ms=7)
    logging.getLogger("library").error("%s went wrong", "this")
    structlog.get_logger("psp.till").debug("nothing")
    ours, theirs = map(json.loads, capsys.readouterr().out.splitlines())
    assert ours.pop("timestamp").endswith("Z")
    assert ours == {
        "event": "request",
        "ms": 7,
        "level": "info",
        "logger": "psp.till",
        "service": "psp",
    }
    assert (theirs["event"], theirs["level"]) == ("this went wrong", "error")


def test_a_console_line_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("psp", "info", "console")
    structlog.get_logger("psp.till").info("request", ms=7)
    (line,) = capsys.readouterr().out.splitlines()
    assert "request" in line
    assert "ms=7" in line
    assert "\x1b" not in line
