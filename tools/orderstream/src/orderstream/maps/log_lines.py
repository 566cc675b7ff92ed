"""The reference of log lines: every event key with its level and fields, and the processes that log it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeGuard

from orderstream.errors import CommandError
from orderstream.maps.markdown import code, page, table
from orderstream.maps.registries import calls_in, services

ABOUT = """What each process of ours logs, as JSON in its file: `event` has one of these keys, the rest are fields of their own.
Every line has `timestamp` (UTC), `level`, `logger`, `service` and, where there are several, `instance`. Where it is known what
a line is about, it has these, too: `order_id`, `trace_id`, `request_id`, `fact` and `event_id` (what is handled), `command` (its
idempotency key), `record` (topic/partition/offset of what cannot be read). Kafka and PostgreSQL write lines of their own."""
LIBRARIES = {
    "servicekit": "every service",
    "reading": "what reads topics",
    "fault_injection": "the gateway and workers, where fault plans are on",
    "messaging": "workers, and what emits or reads events",
    "rpc": "inventory's API, and who asks it",
}
SIMULATORS = ("simkit", "psp", "carrier", "issuer", "postbox", "subscriber")
LEVELS = {name: name for name in ("debug", "info", "warning", "error", "critical")} | {
    "exception": "error, with a traceback",
    "log": "debug or info",
}
LOGGERS = {"log", "_log"}
SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
COLUMNS = ("event", "level", "fields", "module")


class UnstableKeyError(CommandError):
    """A line's event is no constant in snake case: it could not be searched for."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One place that logs."""

    event: str
    level: str
    fields: tuple[str, ...]
    module: str


def draw() -> str:
    """Return the page."""
    packages = [*LIBRARIES, *services(), *SIMULATORS]
    parts = [part for package in packages for part in _section(package)]
    return page("Log lines", ABOUT, *parts)


def lines_of(package: str) -> list[LogLine]:
    """Return every place in a package's source that logs, by event and module.

    Raises:
        UnstableKeyError: a line's event is no constant in snake case; with the place.
    """
    return sorted(_found(package), key=lambda line: (line.event, line.module, line.level))


def _found(package: str) -> Iterator[LogLine]:
    for module, call in calls_in(package):
        if _is_logging(call.func):
            level = call.func.attr
            key = call.args[1 if level == "log" else 0] if call.args else None
            if not isinstance(key, ast.Constant) or not SNAKE_CASE.fullmatch(str(key.value)):
                raise UnstableKeyError(f"{module}, line {call.lineno}: {ast.unparse(call)}")
            fields = tuple(one.arg for one in call.keywords if one.arg and one.arg != "exc_info")
            yield LogLine(str(key.value), LEVELS[level], fields, module)


def _is_logging(called: ast.expr) -> TypeGuard[ast.Attribute]:
    """Return whether this is `log.info` or `structlog.get_logger(...).info`, or of another level."""
    if not isinstance(called, ast.Attribute) or called.attr not in LEVELS:
        return False
    logger = called.value
    if isinstance(logger, ast.Call):
        return ast.unparse(logger.func) == "structlog.get_logger"
    return isinstance(logger, ast.Name) and logger.id in LOGGERS


def _section(package: str) -> Iterator[str]:
    lines = lines_of(package)
    if lines:
        who = f": {LIBRARIES[package]}" if package in LIBRARIES else ""
        yield f"## {package}{who}"
        yield table(
            COLUMNS,
            (
                (code([line.event]), line.level, ", ".join(line.fields), code([line.module]))
                for line in lines
            ),
        )
