"""Asking the command line about a running system."""

import asyncio
from collections.abc import Awaitable, Callable

from e2e.shop import Shop
from orderstream.cli import app
from typer.testing import CliRunner, Result

Run = Callable[..., Awaitable[Result]]


def command_line(shop: Shop) -> Run:
    """Runs commands against the shop's system, in a thread: a command has a loop of its own."""
    environment = {
        "ORDERSTREAM_STATE_DIR": str(shop.system.settings.state_dir),
        "COLUMNS": "200",
    }
    return lambda *told: asyncio.to_thread(CliRunner(env=environment).invoke, app, [*told])
