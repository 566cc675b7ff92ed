"""Says which ports of the system are taken, before minutes are spent on installing it: needs Python alone.

The ports are those of .env.example, moved by .env and the environment as at a start.
"""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PORT = re.compile(r"^\s*#?\s*(?:export\s+)?(ORDERSTREAM_\w+_PORT)=(\d+)", re.MULTILINE)
CONTAINERS = "# In containers alone"
"""Below this line of .env.example stands what nothing listens at natively."""
CHOICE = re.compile(r"^\s*(?:export\s+)?(ORDERSTREAM_\w+)=['\"]?([^'\"\s]+)", re.MULTILINE)
ASKED = (
    (("lsof", "-nP", "-sTCP:LISTEN", "-Fc", "-iTCP:{}"), r"^c(.+)$"),
    (("ss", "-Hltnp", "sport = :{}"), r'users:\(\("([^"]+)"'),
)
"""Who can tell what listens at a port, and where in the answer its name is."""


def ports() -> dict[str, int]:
    """Every port by its setting; what cannot be understood is left to the start to complain of."""
    env = ROOT / ".env"
    chosen = dict(CHOICE.findall(env.read_text(errors="replace"))) if env.is_file() else {}
    chosen.update({name: value for name, value in os.environ.items() if value})
    natively, _, _ = (ROOT / ".env.example").read_text().partition(CONTAINERS)
    defaults = dict(PORT.findall(natively))
    prefix = chosen.get("ORDERSTREAM_PORT_PREFIX", "")
    moved = {name: f"{prefix}{port[2:]}" if prefix else port for name, port in defaults.items()}
    told = {name: chosen.get(name, port) for name, port in moved.items()}
    return {name: int(port) for name, port in told.items() if port.isdecimal()}


def is_taken(port: int) -> bool:
    """Whether no process can listen at this port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return True
    return False


def holder(port: int) -> str:
    """The name of what listens there, if that can be told."""
    for command, where in ASKED:
        asked = [part.format(port) for part in command]
        try:
            said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
        except OSError:
            continue
        if found := re.search(where, said, re.MULTILINE):
            return f" by {found[1]}"
    return ""


def is_up() -> bool:
    """Whether this checkout's own system has the ports."""
    state = Path(os.environ.get("ORDERSTREAM_STATE_DIR") or ROOT / ".orderstream")
    try:
        os.kill(int((state / "supervisord.pid").read_text()), 0)
    except (OSError, ValueError):
        return False
    return True


def main() -> int:
    """Print a line for each port that is taken; 2 if there is one."""
    taken = {} if is_up() else {name: port for name, port in ports().items() if is_taken(port)}
    for name, port in taken.items():
        line = f"port {port} is in use{holder(port)}. Stop what uses it, or set {name} to another port."
        print(line, file=sys.stderr)  # noqa: T201  # what the script is for
    if taken:
        print("All of them at once: ORDERSTREAM_PORT_PREFIX=28", file=sys.stderr)  # noqa: T201
    return 2 if taken else 0


if __name__ == "__main__":
    sys.exit(main())
