"""A worker of one's own takes the place of those of the system, as the page for QA engineers says."""

import asyncio
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from e2e.shop import Shop

pytestmark = [pytest.mark.system, pytest.mark.alone]
WORKERS = ("payment-worker", "payment-worker-2")


async def detach(shop: Shop, *arguments: str) -> str:
    """What the command prints."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "orderstream", "detach", *arguments],
        env={**os.environ, "ORDERSTREAM_STATE_DIR": str(shop.system.settings.state_dir)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def started(printed: str, log: Path) -> subprocess.Popen[bytes]:
    """One's own worker, in a shell that has been told what the command prints."""
    script = f"{printed}\nexec {shlex.quote(sys.executable)} -m payment worker"
    with log.open("wb") as output:
        return subprocess.Popen(
            ["sh", "-c", script],
            env={"PATH": os.environ["PATH"]},
            stdout=output,
            stderr=subprocess.STDOUT,
        )


async def test_ones_own_worker_handles_the_orders(shop: Shop, tmp_path: Path) -> None:
    environments, _ = [await detach(shop, worker) for worker in WORKERS]
    own = started(environments, tmp_path / "own.log")
    try:
        order_id = await shop.place()
        assert (await shop.end(order_id))["status"] == "completed"
    finally:
        own.send_signal(signal.SIGTERM)
        await asyncio.to_thread(own.wait, 30)
        for worker in WORKERS:
            assert "is the system's own" in await detach(shop, worker, "--back")
