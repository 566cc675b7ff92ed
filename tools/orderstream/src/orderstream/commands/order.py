"""`orderstream order`: place one order and watch its way."""

import asyncio
from contextlib import suppress
from typing import Annotated
from uuid import uuid4

import typer
from aiokafka.errors import KafkaError
from client import (
    Document,
    GatewayClient,
    Placed,
    Recipient,
    RefusedError,
    order_body,
    recipient_of,
)
from client.requests import APPROVED
from rich.markup import escape
from rich.text import Text
from stack import System
from stack.hints import program

from orderstream.commands.watch import watch
from orderstream.errors import CommandError
from orderstream.following.records import read_records
from orderstream.formatting import console, money, short, table
from orderstream.mishaps import read_mishaps, tell
from orderstream.shop import Lines, in_shop, pick_lines, read_lines

EXAMPLES = (
    "order                              # three random products",
    "order 85123Ax2 22632:6 --customer bob",
    "order --random 12 --token tok_insufficient_funds",
    "order --name 'UNDELIVERABLE Ann'   # the carrier knows some names",
    "order --fault provider_timeout     # see: orderstream faults",
)
SECONDS = 60.0
LINES_SHOWN = 12
FOR_OPERATORS = frozenset({"held", "payment_review"})
"""An order stays there until somebody does something."""


def run(
    items: Annotated[
        list[str] | None, typer.Argument(help="SKU, SKUx2 or SKU:2.", metavar="[SKUxN]...")
    ] = None,
    *,
    random: Annotated[
        int,
        typer.Option(
            "--random", min=1, max=1000, help="So many random products, if none is named."
        ),
    ] = 3,
    token: Annotated[
        str, typer.Option("--token", help="How it is paid; the psp's /v1/tokens lists them.")
    ] = APPROVED,
    customer: Annotated[str, typer.Option("--customer", help="Who orders.")] = "alice",
    name: Annotated[
        str | None, typer.Option("--name", help="The recipient; an invented one by default.")
    ] = None,
    fault: Annotated[
        str | None, typer.Option("--fault", help="A fault plan; `orderstream faults` lists them.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Watch it until it ends.")] = True,
) -> None:
    """Place an order through the gateway, watch its status change, and show how it ends."""
    recipient = recipient_of(customer) | ({"name": name} if name else {})
    lines = read_lines(items or [])

    async def buy(system: System, gateway: GatewayClient) -> Document:
        wanted = lines or pick_lines(await gateway.products(), random)
        key = str(uuid4())
        if fault:
            await gateway.fault_plans.attach(key, fault)
        try:
            placed = await gateway.place(
                customer, order_body(wanted, recipient, token), key, traced=True
            )
        except RefusedError as error:
            raise CommandError(_refusal(error, wanted)) from None
        _show_accepted(placed, customer, recipient)
        if not wait:
            return placed.document
        ended = await _watch(gateway, placed, customer)
        await _show_mishaps(system, placed.order_id)
        return ended

    document = in_shop(buy)
    if document.get("tracking_code"):
        console().print(f"On its way as {document['tracking_code']}.")
    console().print(f"Every event of it: {program()} follow {short(document['id'])}")


async def _watch(gateway: GatewayClient, placed: Placed, customer: str) -> Document:
    explain = f"See: {program()} explain {short(placed.order_id)}"
    try:
        async with asyncio.timeout(SECONDS):
            status = await watch(gateway, placed.document, customer, no_further_than=FOR_OPERATORS)
    except TimeoutError:
        status = (await gateway.get(placed.order_id, customer))["status"]
        raise CommandError(
            f"{placed.order_id} is still {status} after {SECONDS:.0f} s. {explain}"
        ) from None
    if status in FOR_OPERATORS:
        raise CommandError(f"An operator has to act before it goes on. {explain}")
    return await gateway.get(placed.order_id, customer)


async def _show_mishaps(system: System, order_id: str) -> None:
    """Print what went wrong on the order's way, as far as anybody has written it down by now."""
    with suppress(KafkaError):
        records = await read_records(system.settings.kafka_bootstrap, order_id)
        for told in tell(await read_mishaps(system, order_id, records)):
            console().print(told, highlight=False, markup=False, soft_wrap=True)


def _show_accepted(placed: Placed, customer: str, recipient: Recipient) -> None:
    document = placed.document
    total, lines = money(document["total"]), document["lines"]
    console().print(f"[bold]{placed.order_id}[/], ordered by {escape(customer)}", highlight=False)
    who = f"{recipient['name']}, {recipient['city']}; mail to {recipient['email']}"
    console().print(Text(f"Parcel to {who}"), soft_wrap=True)
    shown = table("sku", "product", "units", "each", right=("units", "each"))
    for line in lines[:LINES_SHOWN]:
        each = money({**document["total"], "amount": line["unit_price"]})
        shown.add_row(line["sku"], Text(line["name"]), str(line["quantity"]), each)
    console().print(shown)
    more = f"… and {len(lines) - LINES_SHOWN} more; " if len(lines) > LINES_SHOWN else ""
    console().print(f"{more}{total} in all\n", highlight=False)


def _refusal(error: RefusedError, wanted: Lines) -> str:
    """Return what is wrong, with the products named where they are what is wrong."""
    unknown = [wanted[int(at.split("/")[2])][0] for at in error.pointers if at.endswith("/sku")]
    if error.code != "unknown_sku":
        return str(error)
    return f"The shop does not sell {', '.join(unknown)}. Without names it takes random products."
