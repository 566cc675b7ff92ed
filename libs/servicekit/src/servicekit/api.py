"""Running a service's HTTP side."""

import asyncio
import contextlib
from types import FrameType

import structlog
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from servicekit.ports import listen
from servicekit.settings import ServiceSettings
from servicekit.startup import CannotStartError, leave

log = structlog.get_logger(__name__)

GRACEFUL_STOP_S = 5
MAX_SOCKET_MESSAGE_BYTES = 64 * 1024
START_FAILED = 3


def serve(
    app: ASGIApp,
    settings: ServiceSettings,
    protocol: type[HttpToolsProtocol] = HttpToolsProtocol,
    *,
    trusted_proxies: str = "",
) -> None:
    """Serve an ASGI application until SIGTERM or Ctrl-C; open requests get a few seconds to end.

    `protocol` speaks HTTP with one client. `trusted_proxies` are the addresses or networks, with
    commas between, whose X-Forwarded-For and X-Forwarded-Proto are believed: from anybody else they
    could be forged.

    Raises:
        CannotStartError: somebody else has the port, or the application lacks what it needs.
        SystemExit: with code 3, when the application's own start failed; its log says why.
    """
    host, port = settings.http_host, settings.http_port
    refusals: list[CannotStartError] = []
    with listen(host, port) as listening:
        config = uvicorn.Config(
            _keeping_refusals(app, refusals),
            host=host,
            port=port,
            loop="uvloop",
            http=protocol,
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
