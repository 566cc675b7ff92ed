"""The notifier's API as a process of its own, for those who call it over HTTP."""

import base64
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
from simkit.testing import free_port

KEY = base64.b64encode(b"k" * 32).decode()
"""What its secrets are sealed with."""


@contextmanager
def notifier_api(database_url: str, log: Path, **environment: str) -> Iterator[str]:
    """The address of the API on a migrated database, ready for as long as the block lasts.

    Raises:
        AssertionError: it is not ready within 30 seconds, with what it has logged.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    told = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database_url,
        "HTTP_PORT": str(port),
        "SEALING_KEY": KEY,
        **environment,
    }
    argv = [sys.executable, "-m", "notifier", "api"]
    with log.open("wb") as output:
        process = subprocess.Popen(argv, env=told, stdout=output, stderr=subprocess.STDOUT)
    try:
        _until_ready(url, process, log)
        yield url
    finally:
        process.terminate()
        process.wait(60)


def _until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(httpx.TransportError):
            if httpx.get(f"{url}/readyz", trust_env=False).is_success:
                return
        time.sleep(0.05)
    raise AssertionError(log.read_text())
