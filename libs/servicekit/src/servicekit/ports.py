"""Listening on a port, and saying clearly why that may not be."""

import os
import socket

from servicekit.startup import CannotStartError

BACKLOG = 2048


def listen(host: str, port: int, setting: str = "HTTP_PORT") -> socket.socket:
    """Take the port before anything else is started, so that a clash is found at once.

    Connections are queued from here on; the server that is given the socket answers them. `setting`
    is the one that moves the port.

    Raises:
        CannotStartError: somebody else has the port, or the host is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        # Python adds the address to the reason, which we have said; a host that is not found has a
        # number of another kind.
        number = error.errno or 0
        reason = os.strerror(number) if number > 0 else error.strerror
        raise CannotStartError(
            f"cannot listen on {host}:{port} (HTTP_HOST, {setting}): {reason}"
        ) from error
