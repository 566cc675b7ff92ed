"""The command line: a command is a file in `commands/`, and a place in a group here."""

import logging
from collections.abc import Iterable
from functools import partial
from importlib import import_module
from typing import Any

import typer
from stack.hints import IN_A_CONTAINER, in_a_container
from typer.core import TyperCommand, TyperGroup

from orderstream.errors import TellingGroup
from orderstream.on_demand import Announced, only_command, says_of_itself, unwrapped

LOOK, ACT = "Look", "Act as a customer"
OPERATE, DEVELOP = "Operate", "Develop"
GROUPS = {
    LOOK: (
        "orders",
        "follow",
        "explain",
        "trace",
        "watch",
        "dashboard",
        "status",
        "metrics",
        "topics",
        "logs",
        "mail",
        "stock",
        "audit",
        "replay",
    ),
    ACT: ("order", "cancel", "load", "token", "faults", "webhooks"),
    OPERATE: ("up", "demo", "down", "reset", "scale", "migrate", "prepare", "dead-letters"),
    DEVELOP: ("detach", "bench", "maps"),
}
NESTED = frozenset({"webhooks", "dead-letters"})
"""What has commands of its own."""
ALIASES = {
    "history": ("follow", "history"),
    "spread": ("topics", "spread"),
    "vacate": ("detach", "vacate"),
}
"""The old names of what other commands do by now, with its module and function there."""
NATIVE = frozenset(
    {"bench", "demo", "detach", "down", "logs", "maps", "migrate", "reset", "scale", "up"}
)
"""What acts on processes or files of this machine: of containers, Docker does."""
BEGINNINGS = (
    ("follow", "follow last   # every event of the newest order, by cause and effect"),
    ("order", "order --random 3   # place an order and watch its way"),
    ("up", "up   # start everything, and say where to look"),
    ("dead-letters", "dead-letters list   # what waits for an operator"),
    ("detach", "detach payment-worker   # make room for a process of your own branch"),
)
"""An example of each group, for whoever does not know where to begin."""


def _is_hidden(command: str) -> bool:
    return in_a_container() and command in NATIVE


def _examples(lines: Iterable[str]) -> str:
    """Commands to try, as they are typed natively, or from outside of this container."""
    called = IN_A_CONTAINER if in_a_container() else "orderstream"
    shown = (f"[dim]$[/] {called} {line}" for line in lines)
    return "\n\n".join(("[bold]Examples[/]", *shown))


def _module(command: str) -> str:
    return f"orderstream.commands.{command.replace('-', '_')}"


def _load(command: str) -> TyperCommand | TyperGroup:
    """Return a command as it is when it is called, with its options and examples."""
    module = import_module(_module(command))
    alone, epilog = typer.Typer(rich_markup_mode="rich"), _examples(module.EXAMPLES)
    if command in NESTED:
        alone.add_typer(module.group, name=command, epilog=epilog)
    else:
        alone.command(command, epilog=epilog)(module.run)
    return only_command(alone)


def _load_alias(name: str) -> TyperCommand | TyperGroup:
    module, function = ALIASES[name]
    alone = typer.Typer(rich_markup_mode="rich")
    alone.command(name)(getattr(import_module(_module(module)), function))
    return only_command(alone)


class ShopGroup(TellingGroup):
    """Every command of the shop, none of which is loaded before it is called."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        for panel, names in GROUPS.items():
            for name in names:
                hidden, told = _is_hidden(name), unwrapped(says_of_itself(_module(name)))
                load = partial(_load, name)
                self.add_command(
                    Announced(name, load, help=told, rich_help_panel=panel, hidden=hidden)
                )
        for name in ALIASES:
            self.add_command(Announced(name, partial(_load_alias, name), hidden=True))


# Each command reports in its own words that a broker is unavailable.
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)

app = typer.Typer(
    name="orderstream",
    cls=ShopGroup,
    epilog=_examples(line for command, line in BEGINNINGS if not _is_hidden(command)),
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    add_completion=False,
)


@app.callback()
def start() -> None:
    """Start the whole shop on this machine, look into it, and stop it."""
