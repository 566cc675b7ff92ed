"""`orderstream explain`: where one order stands, what it waits for, and what ends the wait."""

import dataclasses
import json
from typing import Annotated

import typer
from client import GatewayClient
from servicekit.sentences import sentence
from stack import System
from stack.hints import program

from orderstream.errors import CommandError
from orderstream.explaining.facts import OrderFacts
from orderstream.explaining.reading import CannotExplainError, read_facts
from orderstream.explaining.words import explain
from orderstream.formatting import console
from orderstream.shop import HELP, find_order_id, in_shop

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
        raise CommandError(f"{sentence(str(error))} See: {program()} orders") from None
