"""`orderstream up`: start the whole system and say where to look."""

import asyncio
import signal
from typing import Annotated

import typer

from orderstream.addresses import show_addresses
from orderstream.platform import Settings, System, find, load_native, steps_for, up
from orderstream.tables import console

EXAMPLES = (
    "up",
    "up --brokers 3   # three of Kafka: kill any one of them",
    "status   # what runs now",
    "down     # stop it; the data stays",
)


def run(
    *,
    brokers: Annotated[
        int | None,
        typer.Option(help="1 or 3 of Kafka's; ORDERSTREAM_BROKERS by default.", show_default=False),
    ] = None,
) -> None:
    """Start Kafka, PostgreSQL, every service and the outside world on this machine.

    Waits until every process is ready, then prints the addresses. Each setting is an environment
    variable (ORDERSTREAM_INSTANCES=2, ORDERSTREAM_GATEWAY_PORT=8080, …) or a line in .env.
    A second start finds the first. Ctrl-C stops what was started.
    """
    settings = load_native() if brokers is None else load_native(brokers=brokers)
    if system := find(settings.state_dir):
        console().print("The system is up already.")
    else:
        system = asyncio.run(_start(settings))
    show_addresses(system, console())


async def _start(settings: Settings) -> System:
    start = asyncio.create_task(_up_with_progress(settings))
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, start.cancel)
    loop.add_signal_handler(signal.SIGINT, start.cancel)
    try:
        return await start
    except asyncio.CancelledError:
        console().print("Interrupted: everything that was started is stopped again.")
        raise KeyboardInterrupt from None


async def _up_with_progress(settings: Settings) -> System:
    with steps_for(console()) as steps:
        return await up(settings, steps=steps)
