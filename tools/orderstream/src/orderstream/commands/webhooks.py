"""`orderstream webhooks`: where customers' own systems are told, and how that went."""

from typing import Annotated
from urllib.parse import quote

import typer
from client import Document
from rich.text import Text
from stack.hints import program

from orderstream.errors import TellingGroup
from orderstream.formatting import console, moment, named, table
from orderstream.shop import in_shop

EXAMPLES = (
    "webhooks add http://127.0.0.1:18105/hooks/mine --customer alice",
    "webhooks list --customer alice",
    "webhooks deliveries whk_0193654bd1c87c6e8a0f4a1b2c3d4e5f",
    "webhooks rotate whk_0193654bd1c87c6e8a0f4a1b2c3d4e5f",
    "webhooks remove whk_0193654bd1c87c6e8a0f4a1b2c3d4e5f",
)
COLOURS = {"active": "green", "disabled": "red", "delivered": "green", "failed": "red"}
Customer = Annotated[str, typer.Option("--customer", "-c", help="Whose they are.")]
Named = Annotated[str, typer.Argument(help="The subscription: whk_…", metavar="WEBHOOK")]

group = typer.Typer(
    cls=TellingGroup,
    no_args_is_help=True,
)


@group.callback()
def run() -> None:
    """Have a customer's own system told how its orders go on, and see how that went."""


@group.command("list")
def list_all(*, customer: Customer = "alice") -> None:
    """List where a customer's systems are told."""
    found = in_shop(lambda _, gateway: gateway.webhooks.of(customer))
    if not found:
        console().print(f"{customer} has none. Add one: {program()} webhooks add URL")
        return
    shown = table("webhook", "status", "since", "url", wrap=("url",))
    for one in found:
        shown.add_row(one["id"], _coloured(one["status"]), _time(one["created_at"]), one["url"])
    console().print(shown)


@group.command()
def add(
    url: Annotated[str, typer.Argument(help="Where: it is sent a POST for each change.")],
    *,
    customer: Customer = "alice",
) -> None:
    """Have a system told at this URL from now on, and print the secret: it is shown this once."""
    made = in_shop(lambda _, gateway: gateway.webhooks.add(customer, url))
    _print_secret(made)
    console().print(f"What is sent: {program()} webhooks deliveries {made['id']}", soft_wrap=True)


@group.command()
def rotate(webhook: Named, *, customer: Customer = "alice") -> None:
    """Have it signed with a new secret, and for a day with the previous one as well."""
    rotated = in_shop(lambda _, gateway: gateway.webhooks.rotate(customer, _safe(webhook)))
    _print_secret(rotated)
    until = f"{moment(rotated['previous_until']).astimezone():%d %b %H:%M}"
    console().print(f"The previous secret signs as well until {until}.")


@group.command()
def remove(webhook: Named, *, customer: Customer = "alice") -> None:
    """Have nothing more told there. The log of what was told goes, too."""
    in_shop(lambda _, gateway: gateway.webhooks.remove(customer, _safe(webhook)))
    console().print("Removed: nothing more is sent there.")


@group.command()
def deliveries(
    webhook: Named,
    *,
    customer: Customer = "alice",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many.")] = 20,
) -> None:
    """List what was told there, the newest first: which change of which order, and how it went."""
    found = in_shop(lambda _, gateway: gateway.webhooks.deliveries(customer, _safe(webhook), limit))
    if not found:
        console().print(f"Nothing yet. Place an order: {program()} order --customer {customer}")
        return
    columns = ("told", "order", "change", "status", "tries", "answer", "next try")
    shown = table(*columns, right=("tries",), wrap=("answer",))
    for one in found:
        shown.add_row(*_row(one))
    console().print(shown)


def _row(one: Document) -> tuple[str | Text, ...]:
    return (
        _time(one["created_at"]),
        named(one["order_id"], console().width),
        str(one["sequence"]),
        _coloured(one["status"]),
        str(one["attempts"]),
        Text(one["error"] or str(one["response_status"] or "-")),
        _time(one["next_try_at"]) if one["next_try_at"] else "-",
    )


def _print_secret(webhook: Document) -> None:
    print(webhook["id"])  # noqa: T201  # to copy: never wrapped
    print(webhook["secret"])  # noqa: T201  # as above


def _safe(webhook: str) -> str:
    """Return a name of a subscription as a part of an address, whatever was typed."""
    return quote(webhook, safe="")


def _coloured(status: str) -> Text:
    return Text(status, style=COLOURS.get(status, ""))


def _time(text: str) -> str:
    return f"{moment(text).astimezone():%d %b %H:%M:%S}"
