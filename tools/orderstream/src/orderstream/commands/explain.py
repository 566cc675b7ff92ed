"""`orderstream explain`: where one order stands, what it waits for, and what ends the wait."""

import dataclasses
import json
from typing import Annotated

import typer

from orderstream.client import GatewayClient
from orderstream.explaining import CannotExplainError, OrderFacts, explain, read_facts
from orderstream.failing import CommandError
from orderstream.naming import HELP, find_order_id
from orderstream.platform import System
from orderstream.shop import in_shop
from orderstream.tables import console
from orderstream.wording import program

EXAMPLES = ("explain last", "explain 3f9a2c11", "explain last --json | jq .asked")


def run(
    order: Annotated[str, typer.Argument(help=HELP)],
    *,
    json_wanted: Annotated[
        bool, typer.Option("--json", help="Print what the explanation is made of, as JSON.")
    ] = False,
) -> None:
    """Say in words where an order stands, what it waits for since when, and what ends the wait.

    Looks at the services' databases, the topics, how far each service has come, and the health of
    every process. With the whole id of an order it needs no gateway.
    """
    facts = in_shop(lambda system, gateway: _read(system, gateway, order))
    if json_wanted:
        typer.echo(json.dumps(dataclasses.asdict(facts), indent=1, default=str))
        return
    console().print(f"[bold]{facts.order_id}[/]", highlight=False)
    for paragraph in explain(facts):
        console().print(
            paragraph, highlight=False, markup=False, soft_wrap=not console().is_terminal
        )


async def _read(system: System, gateway: GatewayClient, order: str) -> OrderFacts:
    order_id = await find_order_id(gateway, order)
    try:
        return await read_facts(system, order_id)
    except CannotExplainError as error:
        raise CommandError(f"{error}. See: {program()} orders") from None
