"""Runs a simulator as a process: settings, port, books, signals, and one clear line on a fault."""

import gc
import signal
import socket
import sqlite3
import sys
from collections.abc import Callable
from typing import NoReturn

import structlog
import uvicorn
from fastapi import FastAPI

from simkit import logs
from simkit.connections import LosableConnection
from simkit.metrics import CountedRequests
from simkit.refusing import refuse
from simkit.settings import S, load

# Longer than the clients keep an idle connection, so that it is never the server that
# closes one at the moment at which a client sends on it.
KEEP_ALIVE_SECONDS = 75
GRACE_SECONDS = 4


def run(name: str, kind: type[S], build: Callable[[S], FastAPI]) -> None:
    """Serve the app that `build` makes from the environment's settings until SIGTERM or Ctrl-C.

    Raises:
        SystemExit: 0 after a clean stop; 2 with one line saying what to change.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises the signal again after its clean stop: that is no failure.
        signal.signal(number, _end)
    settings = load(name, kind)
    logs.configure(name, settings.log_level, settings.log_format)
    listener = listen(name, settings.http_host, settings.http_port, "HTTP_PORT")
    try:
        app = build(settings)
    except (OSError, ValueError, sqlite3.Error) as error:
        refuse(name, f"cannot use DATA_DIR={settings.data_dir}: {error}")
    host, port = listener.getsockname()[:2]
    structlog.get_logger(name).info(
        "serving", url=f"http://{host}:{port}", data=str(settings.data_dir)
    )
    gc.freeze()  # what is loaded by now stays: no search for garbage need go through it again
    _server(app).run(sockets=[listener])


def listen(name: str, host: str, port: int, setting: str) -> socket.socket:
    """Take a port before anything else is touched.

    Raises:
        SystemExit: naming the setting to change when the port is taken or the host unknown.
    """
    try:
        # Dual names such as localhost resolve to several addresses: the first will do.
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        refuse(
            name,
            f"cannot listen on {host}:{port}: {error.strerror}. "
            f"Set {setting} to a free port, or stop what uses this one.",
        )
    return listener


def _server(app: FastAPI) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            CountedRequests(app),
            loop="uvloop",
            http=LosableConnection,
            ws="none",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )


def _end(_number: int, _frame: object) -> NoReturn:
    sys.exit(0)
