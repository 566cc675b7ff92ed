"""`orderstream up`: start the whole system and say where to look."""

import asyncio
import signal
from typing import Annotated

import typer
from rich.console import Console
from stack import Settings, System, find, load_native, steps_for, up
from stack.hints import program

from orderstream.formatting import console, table

PLACES = (
    ("gateway", "/docs", "the shop's API: place, read, follow and cancel orders"),
    ("order-api", "/docs", "the order service's reads"),
    ("inventory-api", "/docs", "products and stock"),
    ("payment-api", "/docs", "where the payment provider sends its webhooks"),
    ("notifier-api", "/docs", "where customers' webhooks go"),
    ("psp", "/docs", "the payment provider (simulated) and its books"),
    ("carrier", "/docs", "the carrier (simulated) and its books"),
    ("issuer", "/docs", "tokens for whoever asks"),
    ("postbox", "/", "every e-mail that customers were sent"),
    ("subscriber", "/docs", "a customer's own system, which takes webhooks (simulated)"),
)


def show_addresses(system: System, console: Console) -> None:
    """Print the pages to open, the stores' addresses and first commands to try."""
    running = {process.name for process in system.processes}
    places = table("open", "", "what it is", wrap=("what it is",))
    for name, path, meaning in PLACES:
        if name in running:
            places.add_row(name, f"{system.url(name)}{path}", meaning)
    if "kafka" in running:
        places.add_row("kafka", system.settings.kafka_bootstrap, _brokers(system))
    if "postgres" in running:
        places.add_row("postgres", system.settings.database_url("orders"), "a database per service")
    console.print(places)
    if {"gateway", "issuer"} <= running:
        console.print("Place an order, follow it:\n")
        print(_first_order(system.url("gateway")))  # noqa: T201  # to copy: never wrapped
    console.print(f"Logs: {system.folders.logs}   All processes: make status   Stop: make down")


def _brokers(system: System) -> str:
    count = system.settings.brokers
    return "the broker" if count == 1 else f"{count} brokers; any one of them may be lost"


def _first_order(gateway: str) -> str:
    return f"""\
  TOKEN=$({program()} token --customer alice)
  curl -s '{gateway}/v1/products'
  curl -si {gateway}/v1/orders -H "Authorization: Bearer $TOKEN" -H "Idempotency-Key: $RANDOM$RANDOM" \\
    -H 'Content-Type: application/json' -d '{{"lines":[{{"sku":"85123A","quantity":2}}],
      "payment":{{"token":"tok_visa"}}, "recipient":{{"name":"Alice Martin","email":"alice@example.com",
      "street":"1 High Street","city":"London","postcode":"N1 9GU","country":"GB"}}}}'
  curl -sN {gateway}/v1/orders/ORDER_ID/events -H "Authorization: Bearer $TOKEN"

The whole shop, live: {program()} dashboard
"""


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
