"""A connection to a broker that does not answer is closed, whatever was asked.

aiokafka does so by itself, but not where it asks which brokers there are. A producer with nothing to
send asks nothing else: it would keep its dead connection, and find that out with the next order.
"""

from collections.abc import Awaitable
from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason

_send = AIOKafkaConnection.send


async def _answer(connection: AIOKafkaConnection, awaited: Awaitable[Any]) -> Any:
    try:
        return await awaited
    except TimeoutError:
        connection.close(reason=CloseReason.CONNECTION_TIMEOUT)
        raise


def _send_or_close(
    connection: AIOKafkaConnection,
    request: Any,
    expect_response: bool = True,  # noqa: FBT001, FBT002  # aiokafka's signature
) -> Awaitable[Any]:
    return _answer(connection, _send(connection, request, expect_response))


def close_what_does_not_answer() -> None:
    """Close every connection of this process on which no answer comes in time."""
    AIOKafkaConnection.send = _send_or_close
