"""`orderstream mail`: what customers were sent."""

from typing import Annotated, Any

import httpx
import typer
from audit.outside import about, order_of
from client import GatewayClient
from client.http import open_http
from rich.text import Text
from stack import System
from stack.hints import no_answer, program

from orderstream.errors import CommandError
from orderstream.formatting import console, moment, named, table
from orderstream.shop import HELP, find_order_id, in_shop

EXAMPLES = ("mail", "mail last", "mail --to alice@example.com")
Mail = dict[str, Any]


def run(
    order: Annotated[str | None, typer.Argument(help=HELP)] = None,
    *,
    to: Annotated[str | None, typer.Option("--to", help="Only what was sent there.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="How many.")] = 20,
) -> None:
    """List what the postbox holds, the newest first; with an order, print what was sent about it."""
    try:
        mails = in_shop(lambda system, gateway: _read(system, gateway, order, to, limit))
    except httpx.TransportError:
        raise CommandError(no_answer("The postbox")) from None
    if not mails:
        console().print(
            "There is no such mail (yet): it is sent when an order ships or is cancelled."
        )
        return
    if order is not None:
        for mail in mails:
            _print_whole(mail)
        return
    shown = table("sent", "to", "subject", "order", wrap=("to", "subject"))
    for mail in mails:
        sent, receiver = f"{moment(mail['Created']).astimezone():%H:%M:%S}", _receiver(mail)
        shown.add_row(
            sent,
            Text(receiver),
            Text(mail["Subject"]),
            named(order_of(mail), console().width) or "-",
        )
    console().print(shown)
    console().print(f"Read one: {program()} mail ORDER")


async def _read(
    system: System, gateway: GatewayClient, order: str | None, to: str | None, limit: int
) -> list[Mail]:
    terms = [f"to:{to}"] if to else []
    if order is not None:
        terms.append(about(await find_order_id(gateway, order)))
    api = f"{system.url('postbox')}/api/v1"
    async with open_http() as http:
        query = {"query": " ".join(terms)} if terms else {}
        path = "search" if terms else "messages"
        page = await http.get(f"{api}/{path}", params={**query, "limit": limit})
        if page.is_error:
            raise CommandError(f"the postbox answers {page.status_code}: {page.text[:200]}")
        mails: list[Mail] = page.json()["messages"]
        if order is None:
            return mails
        return [(await http.get(f"{api}/message/{mail['ID']}")).json() for mail in mails]


def _print_whole(mail: Mail) -> None:
    printed = console()
    printed.print(Text(f"To: {_receiver(mail)}\nSubject: {mail['Subject']}\n", style="bold"))
    printed.print(Text(mail["Text"]))


def _receiver(mail: Mail) -> str:
    return ", ".join(one["Address"] for one in mail["To"])
