import json
import logging
import sys

import pytest
import structlog
from servicekit import ServiceSettings, configure_logging, log_about
from tracing import TraceContext, use_trace


@pytest.fixture
def log_as(environment, capsys):
    """Configure logging; returns a logger and what reads the lines that were written."""
    root = logging.getLogger()
    before = (root.handlers, root.level)

    def configure(**variables: str):
        environment(INSTANCE="2", **variables)
        configure_logging("shop", ServiceSettings())
        # A logger of the test's own: the cached ones of other modules stay as they are.
        return structlog.get_logger("shop.till"), lambda: capsys.readouterr().out.splitlines()  # noqa: PLW0108  # it must read again each time

    yield configure
    root.handlers, root.level = before
    structlog.reset_defaults()


@pytest.fixture
def log_json(log_as):
    def configure():
        log, lines = log_as(LOG_FORMAT="json")
        return log, lambda: [json.loads(line) for line in lines()]

    return configure


def test_a_json_line_says_what_happened_and_to_whom(log_json):
    log, lines = log_json()
    log.info("sold", sku="MUG")
    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "sold",
        "sku": "MUG",
        "level": "info",
        "logger": "shop.till",
        "service": "shop",
        "instance": "2",
    }


def test_a_library_speaks_in_the_same_form_and_is_named(log_json):
    _, lines = log_json()
    logging.getLogger("uvicorn.error").warning("%s went wrong", "this")
    (line,) = lines()
    assert (line["event"], line["logger"]) == ("this went wrong", "uvicorn.error")
    assert (line["service"], line["level"]) == ("shop", "warning")


@pytest.mark.parametrize("library", ["aiokafka", "faust", "mode.worker", "uvicorn.error"])
def test_the_everyday_remarks_of_libraries_are_left_out(log_json, library):
    _, lines = log_json()
    logging.getLogger(library).info("still here")
    assert lines() == []


def test_what_a_broker_s_client_says_again_and_again_is_reported_once(log_json):
    _, lines = log_json()
    for _ in range(5):
        logging.getLogger("aiokafka.conn").error("Unable connect to node with id %s", 1)
    assert [line["event"] for line in lines()] == ["Unable connect to node with id 1"]


def test_an_order_and_a_trace_are_named_by_every_line_inside(log_json):
    log, lines = log_json()
    trace = TraceContext.new()
    with use_trace(trace), structlog.contextvars.bound_contextvars(order_id="ord_1"):
        log.info("ours")
        logging.getLogger("library").warning("theirs")
    log.info("after")
    ours, theirs, after = lines()
    for line in (ours, theirs):
        assert (line["order_id"], line["trace_id"]) == ("ord_1", trace.trace_id)
    assert not {"order_id", "trace_id"} & after.keys()


def test_what_work_is_about_is_asked_for_only_when_a_line_is_written(log_json):
    log, lines = log_json()
    asked: list[int] = []

    def keys() -> dict[str, str]:
        asked.append(1)
        return {"order_id": "ord_1", "tries": "7"}

    with log_about(keys):
        assert asked == []
        log.info("ours", tries=2)
        logging.getLogger("library").warning("theirs")
        with log_about(dict):
            log.info("inner")
    log.info("after")
    ours, theirs, inner, after = lines()
    assert (ours["order_id"], theirs["order_id"]) == ("ord_1", "ord_1")
    assert ours["tries"] == 2  # what a line says itself goes before
    assert not {"order_id", "tries"} & (inner.keys() | after.keys())


NAME = "Ann"


def fail(name: str) -> None:
    raise RuntimeError("the till is stuck") from ValueError(len(name))


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_traceback_shows_the_error_but_not_the_data_it_happened_to(log_as, log_format):
    log, lines = log_as(LOG_FORMAT=log_format)
    try:
        fail(NAME)
    except RuntimeError:
        log.exception("broken")
        logging.getLogger("library").exception("theirs")
    words = "\n".join(lines())
    assert words.count("RuntimeError: the till is stuck") == 2
    assert "Traceback" in words
    assert NAME not in words


def test_a_console_line_can_be_read(log_as):
    log, lines = log_as(LOG_FORMAT="console")
    log.info("sold", sku="MUG")
    (line,) = lines()
    assert "sold" in line
    assert "sku=MUG" in line
    assert "\x1b" not in line


@pytest.mark.parametrize(
    ("level", "logged"),
    [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)],
)
def test_the_level_is_a_setting(log_as, level, logged):
    log, lines = log_as(LOG_LEVEL=level)
    log.debug("a")
    log.info("b")
    log.warning("c")
    log.error("d")
    assert len(lines()) == logged


def test_a_level_that_is_off_costs_nothing(log_as):
    log, _ = log_as(LOG_LEVEL="warning")
    log.warning("warm")
    called: list[str] = []

    def profile(frame, kind, _argument):
        if kind == "call":
            called.append(frame.f_code.co_name)

    silent = log.bind().info
    sys.setprofile(profile)
    silent("quiet")
    sys.setprofile(None)
    assert len(called) == 1
