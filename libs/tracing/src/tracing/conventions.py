"""Which attributes each sort of span has to have, and may have: a table that tests check spans by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from tracing.names import (
    BATCH_COUNT,
    CONSUMER_GROUP,
    CONVERSATION_ID,
    DESTINATION,
    ERROR_TYPE,
    EVENT_TYPE,
    FACT,
    HTTP_METHOD,
    HTTP_RESENDS,
    HTTP_ROUTE,
    HTTP_STATUS,
    MESSAGE_ID,
    MESSAGE_KEY,
    MESSAGING_SYSTEM,
    OFFSET,
    OPERATION_NAME,
    OPERATION_TYPE,
    ORDER_ID,
    PARTITION,
    PROBLEM,
    RPC_METHOD,
    RPC_SERVICE,
    RPC_STATUS,
    RPC_SYSTEM,
    SERVER_ADDRESS,
    SERVER_PORT,
    SWEPT,
    URL_FULL,
    URL_PATH,
    URL_SCHEME,
    URL_TEMPLATE,
    WAIT,
)
from tracing.span import Kind


class Described(Protocol):
    """A recorded span, or one that was read back from a collector."""

    @property
    def name(self) -> str:
        """Its name: an operation and what it is done to."""

    @property
    def kind(self) -> int:
        """The number of its kind in OTLP."""

    @property
    def attributes(self) -> Mapping[str, Any]:
        """Its attributes by name."""


@dataclass(frozen=True, slots=True)
class Convention:
    """What every span of a sort has, and what it may have beside that."""

    name: str
    kind: Kind
    required: frozenset[str]
    recommended: frozenset[str] = frozenset()


def _names(*names: str) -> frozenset[str]:
    return frozenset(names)


_MESSAGE = _names(MESSAGING_SYSTEM, OPERATION_NAME, OPERATION_TYPE, DESTINATION)
_WAITS = frozenset(
    f"{WAIT}{part}_ms" for part in ("outbox", "broker", "linger", "handling", "outside")
)

CONVENTIONS: Final = (
    Convention(
        "create",
        Kind.PRODUCER,
        _MESSAGE | _names(MESSAGE_ID, EVENT_TYPE, MESSAGE_KEY),
        _names(CONVERSATION_ID),
    ),
    Convention("send", Kind.CLIENT, _MESSAGE | _names(BATCH_COUNT), _names(ERROR_TYPE, SWEPT)),
    Convention(
        "process",
        Kind.CONSUMER,
        _MESSAGE | _names(CONSUMER_GROUP, PARTITION, OFFSET, MESSAGE_KEY, MESSAGE_ID),
        _WAITS | _names(EVENT_TYPE, CONVERSATION_ID, ERROR_TYPE),
    ),
    Convention("handle", Kind.INTERNAL, _names(FACT), _WAITS | _names(CONVERSATION_ID, ERROR_TYPE)),
    Convention("handle batch", Kind.INTERNAL, _names(BATCH_COUNT)),
    Convention(
        "http server",
        Kind.SERVER,
        _names(HTTP_METHOD, URL_PATH, URL_SCHEME),
        _names(HTTP_ROUTE, HTTP_STATUS, SERVER_ADDRESS, SERVER_PORT, ERROR_TYPE, ORDER_ID, PROBLEM),
    ),
    Convention(
        "http client",
        Kind.CLIENT,
        _names(HTTP_METHOD, SERVER_ADDRESS, SERVER_PORT, URL_FULL),
        _names(HTTP_STATUS, HTTP_RESENDS, URL_TEMPLATE, ERROR_TYPE, CONVERSATION_ID),
    ),
    Convention(
        "rpc",
        Kind.CLIENT,
        _names(RPC_SYSTEM, RPC_SERVICE, RPC_METHOD, RPC_STATUS),
        _names(ERROR_TYPE, SERVER_ADDRESS, SERVER_PORT),
    ),
    Convention(
        "rpc served",
        Kind.SERVER,
        _names(RPC_SYSTEM, RPC_SERVICE, RPC_METHOD, RPC_STATUS),
        _names(ERROR_TYPE),
    ),
    Convention(
        "mail",
        Kind.CLIENT,
        _names(SERVER_ADDRESS, SERVER_PORT),
        _names(CONVERSATION_ID, ERROR_TYPE),
    ),
)


def convention_of(span: Described) -> Convention:
    """Find the convention of a span.

    Raises:
        LookupError: it is of no sort that the table knows.
    """
    for convention in CONVENTIONS:
        if convention.name == _sort(span) and convention.kind == span.kind:
            return convention
    raise LookupError(f"no convention for a span {span.name}")


def faults(span: Described) -> list[str]:
    """Say what a span lacks or should not have, by its convention; nothing if all is well."""
    try:
        convention = convention_of(span)
    except LookupError as unknown:
        return [str(unknown)]
    has = frozenset(span.attributes)
    lacks = convention.required - has
    more = has - convention.required - convention.recommended
    return [f"{span.name} lacks {name}" for name in sorted(lacks)] + [
        f"{span.name} has {name}" for name in sorted(more)
    ]


def _sort(span: Described) -> str:
    if operation := span.attributes.get(OPERATION_NAME):
        return str(operation)
    if RPC_SYSTEM in span.attributes:
        return "rpc served" if span.kind == Kind.SERVER else "rpc"
    if HTTP_METHOD in span.attributes:
        return "http server" if span.kind == Kind.SERVER else "http client"
    if span.name == "handle batch":
        return span.name
    return "handle" if span.kind == Kind.INTERNAL else "mail"
