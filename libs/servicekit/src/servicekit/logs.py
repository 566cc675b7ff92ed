"""Structured logs: one line per happening, the same shape from every library."""

import logging
import sys

import structlog
from structlog.types import EventDict, Processor

from servicekit.log_dedup import RepeatFilter
from servicekit.log_subject import add_subject, add_trace_id
from servicekit.settings import ProcessSettings

QUIET = ("aiokafka", "faust", "mode", "httpx", "httpcore", "uvicorn", "asyncio", "mail", "alembic")
"""Libraries whose everyday remarks are of no use to an operator."""

# The first worker on a new broker learns that the group coordinator is not there yet; aiokafka
# logs that as an error and tries again.
# asyncpg's pool says with a traceback every few seconds that it cannot connect; who needs a connection
# says so in a line.
SILENT = ("aiokafka.consumer.group_coordinator", "asyncpg.pool")

# While a broker is unavailable it logs three lines, ten times a second, for each of its connections.
REPETITIVE = ("aiokafka",)


def configure_logging(service: str, settings: ProcessSettings) -> None:
    """Send everything to stdout: readable on a terminal, JSON where `LOG_FORMAT=json`.

    What is said with `log_about`, or bound with `structlog.contextvars.bound_contextvars`, is in
    every line that is logged inside, by any logger.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        _say_who(service, settings.instance),
        add_trace_id,
        add_subject,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(RepeatFilter(REPETITIVE))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(settings.log_format),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
    for name in SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(root.level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _rendering(log_format: str) -> list[Processor]:
    """Return how a line is written. Tracebacks stay plain: with locals they would show personal data."""
    if log_format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain)]


def _say_who(service: str, instance: str) -> Processor:
    """Name the process in each line; not by context variables, which threads do not inherit."""

    def say(
        logger: object,  # noqa: ARG001  # structlog's signature
        method: str,  # noqa: ARG001  # structlog's signature
        event: EventDict,
    ) -> EventDict:
        event["service"] = service
        event["instance"] = instance
        return event

    return say
