"""Connections whose other side has vanished without a word: the system itself finds them out.

Nothing tells the difference between a server that thinks and one that is gone, but its acknowledging
what was sent. Without these the kernel tries for a quarter of an hour, and never where nothing is sent.
"""

import asyncio
import socket
from typing import Any

import asyncpg

QUIET_S, AGAIN_S, TIMES = 5, 2, 3
"""A connection on which nothing is said is asked after so long, and given up after so many questions."""
UNACKNOWLEDGED_MS = 10_000
"""How long data may stay unacknowledged."""
OPTIONS = {
    "TCP_KEEPIDLE": QUIET_S,
    "TCP_KEEPINTVL": AGAIN_S,
    "TCP_KEEPCNT": TIMES,
    "TCP_USER_TIMEOUT": UNACKNOWLEDGED_MS,
}


def watch(connected: socket.socket) -> None:
    """Let the kernel end a connection whose other side does not answer any more, where it can."""
    if connected.family not in (socket.AF_INET, socket.AF_INET6):
        return
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in OPTIONS.items():
        option = getattr(socket, name, None)  # not every system has each of them
        if option is not None:
            connected.setsockopt(socket.IPPROTO_TCP, option, value)


class WatchedConnection(asyncpg.Connection):
    """A connection to PostgreSQL that is closed when the server has vanished."""

    __slots__ = ()

    def __init__(self, protocol: Any, transport: asyncio.Transport, *rest: Any) -> None:
        super().__init__(protocol, transport, *rest)
        watch(transport.get_extra_info("socket"))
