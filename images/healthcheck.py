"""Whether the process in this container is ready; Docker asks every few seconds.

Run as `python -I -S`: without the site packages it starts in a hundredth of a second.
"""

import os
import socket
import sys

TIMEOUT_S = 4
REQUEST = b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n"

try:
    with socket.create_connection(("127.0.0.1", int(os.environ["HTTP_PORT"])), TIMEOUT_S) as line:
        line.settimeout(TIMEOUT_S)
        line.sendall(REQUEST)
        answer = b"".join(iter(lambda: line.recv(4096), b""))
except (OSError, KeyError, ValueError) as error:
    sys.exit(f"no answer: {error!r}")
if answer.split(b" ", 2)[1:2] != [b"200"]:
    sys.exit(answer.decode(errors="replace"))
