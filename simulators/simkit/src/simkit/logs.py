"""Log lines on stdout, for people or for machines, with the same keys as those of the system under test."""

import logging
import sys
from typing import Literal

import structlog
from structlog.types import EventDict, Processor

CHATTY = ("uvicorn.error", "mail.log", "asyncio", "httpx", "httpcore")


def configure(name: str, level: str, log_format: Literal["console", "json"]) -> None:
    """Send everything from `level` on to stdout; what servers and clients chat about from warnings on."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        _naming(name),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(log_format),
            ],
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLogger().level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _rendering(log_format: str) -> list[Processor]:
    """Choose how a line is written. Tracebacks stay plain: with locals they would show personal data."""
    if log_format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain)]


def _naming(name: str) -> Processor:
    def say(
        logger: object,  # noqa: ARG001  # structlog's signature
        method: str,  # noqa: ARG001  # structlog's signature
        event: EventDict,
    ) -> EventDict:
        event["service"] = name
        return event

    return say
