"""Running a service's HTTP side."""

import contextlib

import structlog
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from servicekit.ports import listen
from servicekit.settings import ServiceSettings
from servicekit.startup import CannotStartError

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
        CannotStartError: somebody else has the port.
        SystemExit: with code 3, when the application's own start failed; its log says why.
    """
    host, port = settings.http_host, settings.http_port
    with listen(host, port) as listening:
        config = uvicorn.Config(
            _saying_why(app),
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
        server = uvicorn.Server(config)
        log.info("serving", url=f"http://{host}:{port}")
        with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C has had its effect by then
            server.run(sockets=[listening])
    if not server.started:
        raise SystemExit(START_FAILED)


def _saying_why(app: ASGIApp) -> ASGIApp:
    """Let an application that cannot start log the reason, one line, and not a traceback."""

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
            await send({"type": "lifespan.startup.failed", "message": str(error)})
        except Exception:
            for failure in failures:
                await send(failure)
            raise

    return started
