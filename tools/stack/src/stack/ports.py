"""Which ports are free, and who holds those that are not."""

import asyncio
import random
import socket
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
from launcher.environment import PREFIX

from stack.errors import StackError
from stack.settings import PORT_SETTINGS, Settings
from stack.steps import Steps

BLOCK = 300  # ports: the defaults from 18000 to 18299, nine instances of each service among them
# Below the range from which systems take the ports of outgoing connections.
BLOCKS = range(20_000, 32_000, BLOCK)
OUTSIDE_THE_BLOCK = {"kafka_port": 47, "kafka_controller_port": 48, "postgres_port": 49}
"""Their places in it; those of three brokers are ten apart, as those of any instances."""
GIVEN_BACK_S, POLL_S = 20.0, 0.5
PROMISED_S = 120.0
"""A system needs a while until it listens on its ports: until then no other is given them."""


class PortInUseError(StackError):
    """A port that the system needs is taken; the message says by whom and which setting moves it."""


def check_free(ports: Mapping[int, str]) -> None:
    """Make sure that every port can be listened on; `ports` names the setting of each.

    Raises:
        PortInUseError: with one line per port that is taken.
    """
    taken = [port for port in ports if not is_free(port)]
    if taken:
        raise PortInUseError("\n".join(_complaint(port, ports[port]) for port in taken))


async def claim(ports: Mapping[int, str], steps: Steps) -> None:
    """Make sure that every port can be listened on; one that an outgoing connection has is waited for.

    Systems take the ports of outgoing connections from above, often 32768, by chance and for a while.

    Raises:
        PortInUseError: with one line per port that is taken.
    """
    passing = [port for port in ports if not is_free(port) and _is_passing(port)]
    if passing:
        which = ", ".join(f"{port}{_holder(port)}" for port in passing)
        with steps.step(f"waited for ports to be given back: {which}"):
            deadline = time.monotonic() + GIVEN_BACK_S
            while time.monotonic() < deadline and not all(is_free(port) for port in passing):
                await asyncio.sleep(POLL_S)
    check_free(ports)


def is_free(port: int) -> bool:
    """Return whether one can listen on 127.0.0.1 at this port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports() -> dict[str, int]:
    """Return every port setting with a free port, for a private copy of the system.

    Raises:
        PortInUseError: no block of ports is free.
    """
    for start in sorted(random.sample(BLOCKS, len(BLOCKS)), key=_is_promised):
        if all(is_free(port) for port in range(start, start + BLOCK)):
            with suppress(OSError):  # another user's file
                _promise(start).touch()
            return _in_block(start)
    raise PortInUseError(f"no {BLOCK} neighbouring ports are free between 20000 and 32000")


def _is_promised(start: int) -> bool:
    """Return whether somebody was given this block a moment ago, and may not listen yet."""
    try:
        return time.time() - _promise(start).stat().st_mtime < PROMISED_S
    except OSError:
        return False


def _promise(start: int) -> Path:
    return Path(tempfile.gettempdir()) / f"orderstream-ports-{start}"


def _in_block(start: int) -> dict[str, int]:
    places = {name: Settings.model_fields[name].default % 1000 for name in PORT_SETTINGS}
    places |= OUTSIDE_THE_BLOCK
    return {name: start + place for name, place in places.items()}


def _complaint(port: int, setting: str) -> str:
    variable = f"{PREFIX}{setting.upper()}"
    return (
        f"port {port} is in use{_holder(port)}. "
        f"Stop what uses it, or set {variable} to another port."
    )


def _is_passing(port: int) -> bool:
    """Return whether somebody has it who does not listen there."""
    found = _connections(port)
    return bool(found) and all(one.status != psutil.CONN_LISTEN for one in found)


def _holder(port: int) -> str:
    """Find the holder of a port, as far as the system lets an ordinary user see."""
    found = sorted(_connections(port), key=lambda one: one.status != psutil.CONN_LISTEN)
    for one in found:
        if one.pid is not None:
            how = "" if one.status == psutil.CONN_LISTEN else "an outgoing connection of "
            with suppress(psutil.Error):
                return f" by {how}{psutil.Process(one.pid).name()} (pid {one.pid})"
    return ""


def _connections(port: int) -> list[Any]:
    """Return what this port is the near end of; nothing where the system keeps that to itself."""
    try:
        every = psutil.net_connections("tcp")
    except psutil.Error:
        return []
    return [one for one in every if one.laddr and one.laddr.port == port]
