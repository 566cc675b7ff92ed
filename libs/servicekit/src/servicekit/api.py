"""Running a service's HTTP side."""

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

import structlog
import uvicorn
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from servicekit.http.crowd import Crowd
from servicekit.http.open_files import make_room
from servicekit.http.protocol import StrictProtocol
from servicekit.ports import listen
from servicekit.settings import ProcessSettings
from servicekit.startup import CannotStartError, leave

log = structlog.get_logger(__name__)

GRACEFUL_STOP_S = 5
MAX_SOCKET_MESSAGE_BYTES = 64 * 1024
CONNECTIONS = 1000
START_FAILED = 3


def serve(
    app: ASGIApp,
    settings: ProcessSettings,
    protocol: Callable[..., StrictProtocol] = StrictProtocol,
    *,
    trusted_proxies: str = "",
    connections: int = CONNECTIONS,
    connections_per_address: int | None = None,
) -> None:
    """Serve an ASGI application until SIGTERM or Ctrl-C; open requests get a few seconds to end.

    `protocol` speaks HTTP with one client. `trusted_proxies` are the addresses or networks, with
    commas between, whose X-Forwarded-For and X-Forwarded-Proto are believed: from anybody else they
    could be forged. They may have all `connections`, any other address `connections_per_address`.

    Raises:
        CannotStartError: somebody else has the port, or the application lacks what it needs.
        SystemExit: with code 3, when the application's own start failed; its log says why.
    """
    host, port = settings.http_host, settings.http_port
    refusals: list[CannotStartError] = []
    room = make_room(connections)
    crowd = Crowd(room.connections, connections_per_address, _among(trusted_proxies))
    with listen(host, port) as listening:
        config = uvicorn.Config(
            _keeping_refusals(app, refusals),
            host=host,
            port=port,
            backlog=room.backlog,
            loop="uvloop",
            http=partial(protocol, crowd),  # type: ignore[arg-type]  # it is called, nothing else
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(trusted_proxies),
            forwarded_allow_ips=trusted_proxies,
            timeout_graceful_shutdown=GRACEFUL_STOP_S,
            ws_max_size=MAX_SOCKET_MESSAGE_BYTES,
            ws_per_message_deflate=False,  # it costs more memory than small messages save
        )
        server = _Server(config)
        log.info("serving", url=f"http://{host}:{port}")
        # Ctrl-C has had its effect by then, and below we say ourselves why the start has failed.
        with contextlib.suppress(KeyboardInterrupt, SystemExit):
            server.run(sockets=[listening])
    if refusals:
        raise refusals[0]
    if not server.started:
        raise SystemExit(START_FAILED)


def _among(trusted: str) -> Callable[[str], bool]:
    """Return whether an address is one of these, as the server understands them."""

    async def nothing(*_: Any) -> None:
        """Do nothing, where an application would stand."""

    return ProxyHeadersMiddleware(nothing, trusted).trusted_hosts.__contains__


class _Server(uvicorn.Server):
    """A server that can be stopped while it waits for what it needs; uvicorn's would wait on."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.started:
            # Not here and now: the signal may have come in the midst of writing a line of the log.
            asyncio.get_running_loop().call_soon_threadsafe(leave, sig)
        super().handle_exit(sig, frame)


def _keeping_refusals(app: ASGIApp, refusals: list[CannotStartError]) -> ASGIApp:
    """Keep the reason of an application that cannot start, instead of logging its traceback."""

    async def started(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            with contextlib.suppress(ClientDisconnect):  # who hangs up is no failure of ours
                await app(scope, receive, send)
            return
        failures: list[Message] = []

        async def hold_back_failure(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                failures.append(message)
            else:
                await send(message)

        try:
            await app(scope, receive, hold_back_failure)
        except CannotStartError as error:
            refusals.append(error)
            await send({"type": "lifespan.startup.failed", "message": ""})
        except Exception:
            for failure in failures:
                await send(failure)
            raise

    return started
