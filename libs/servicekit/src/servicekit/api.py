"""Running a service's HTTP side."""

import socket
import sys
from typing import Any

import uvicorn

from servicekit.settings import ServiceSettings

GRACEFUL_STOP_S = 5


def serve(app: Any, settings: ServiceSettings) -> None:
    """Serve an ASGI application until SIGTERM or Ctrl-C; open requests get a few seconds to end."""
    exit_if_in_use(settings.http_host, settings.http_port)
    uvicorn.run(
        app,
        host=settings.http_host,
        port=settings.http_port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACEFUL_STOP_S,
    )


def exit_if_in_use(host: str, port: int) -> None:
    """Say in one line that somebody else has the port, and end with exit code 2."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            print(f"cannot listen on {host}:{port} (HTTP_PORT): {error.strerror}", file=sys.stderr)  # noqa: T201  # a command's own words
            raise SystemExit(2) from None
