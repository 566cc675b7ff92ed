"""Answering calls: a gRPC server in the running loop, with the standard health service beside it.

Source of the health service: https://github.com/grpc/grpc/blob/master/doc/health-checking.md
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import grpc
import structlog
from grpc_health.v1 import health_pb2
from grpc_health.v1.health import aio as grpc_health
from grpc_health.v1.health_pb2_grpc import add_HealthServicer_to_server
from servicekit import CannotStartError, Health
from servicekit.ports import listen
from servicekit.question import OK

from rpc.context import Continuing

log = structlog.get_logger(__name__)

CALLS_AT_A_TIME = 200
"""More are refused with RESOURCE_EXHAUSTED."""
STOP_S = 3.0
"""Grace period for open calls at shutdown."""
TELL_EVERY_S = 1.0
OPTIONS = (
    # Otherwise a second process on the same port would silently get half of the calls.
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", 64 * 1024),
    # Clients look after idle connections more often than the five minutes that a server allows.
    ("grpc.http2.min_ping_interval_without_data_ms", 2_000),
    # A client that vanished without a word would keep its places among the calls for two hours.
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 5_000),
)
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@asynccontextmanager
async def serving(
    register: Callable[[grpc.aio.Server], None], health: Health, host: str, port: int
) -> AsyncIterator[None]:
    """Serve what `register` adds for as long as the block lasts; then let open calls end.

    Clients that watch the health service learn within a second or so that the process cannot do
    its work, and at once that it stops.

    Raises:
        CannotStartError: somebody else has the port.
    """
    listen(host, port, "GRPC_PORT").close()  # gRPC itself would complain in lines of its own
    server = grpc.aio.server(
        interceptors=(Continuing(),), options=OPTIONS, maximum_concurrent_rpcs=CALLS_AT_A_TIME
    )
    register(server)
    told = grpc_health.HealthServicer()
    add_HealthServicer_to_server(told, server)
    try:
        server.add_insecure_port(f"{host}:{port}")
    except RuntimeError as error:
        raise CannotStartError(f"cannot listen on {host}:{port} (HTTP_HOST, GRPC_PORT)") from error
    await server.start()
    log.info("serving_grpc", at=f"{host}:{port}")
    telling = asyncio.create_task(_tell(told, health), name="grpc health")
    try:
        yield
    finally:
        telling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await telling
        await told.enter_graceful_shutdown()
        await server.stop(STOP_S)


async def _tell(told: grpc_health.HealthServicer, health: Health) -> None:
    """Let the health service say what readiness says, until cancelled, whatever goes wrong."""
    while True:
        try:
            ready = set((await health.report()).values()) <= {OK}
            await told.set("", SERVING if ready else NOT_SERVING)
        except BaseException as error:
            if _is_cancelled():
                raise
            log.exception("grpc_health_not_updated", exc_info=error)
        await asyncio.sleep(TELL_EVERY_S)


def _is_cancelled() -> bool:
    """Return whether this very task is to end; a cancellation may as well have come from inside."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
