"""Structured logs: one line per happening, the same shape from every library."""

import logging
import sys

import structlog

from servicekit.settings import ServiceSettings
from servicekit.telemetry import add_trace_id

QUIET = ("aiokafka", "faust", "mode", "httpx", "httpcore", "uvicorn", "asyncio", "mail", "alembic")
"""Libraries whose everyday remarks are of no use to an operator."""

# The first worker on a new broker hears that the group coordinator is not there yet; aiokafka
# logs that as an error and tries again.
SILENT = ("aiokafka.consumer.group_coordinator",)


def configure_logging(service: str, settings: ServiceSettings) -> None:
    """Send everything to stdout: readable on a terminal, JSON where `LOG_FORMAT=json`."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        add_trace_id,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    json = settings.log_format == "json"
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    )
    last: list[structlog.types.Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta
    ]
    if json:
        last.append(structlog.processors.format_exc_info)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _name_logger], processors=[*last, renderer]
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    structlog.contextvars.bind_contextvars(service=service, instance=settings.instance)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(root.level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _name_logger(
    logger: logging.Logger,
    method: str,  # noqa: ARG001  # structlog's signature
    event: structlog.types.EventDict,
) -> structlog.types.EventDict:
    """Say which library speaks."""
    if logger is not None:
        event["logger"] = logger.name
    return event
