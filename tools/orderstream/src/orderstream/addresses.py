"""What to open and what to type once the system is up."""

from rich.console import Console

from orderstream.platform import System
from orderstream.tables import table
from orderstream.wording import program

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
    places = table("open", "", "what it is")
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
