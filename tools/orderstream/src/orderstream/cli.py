"""The command line: a command is a file in `commands/`, and an import and a place in a group here."""

import logging
from collections.abc import Callable, Iterable
from types import ModuleType

import typer
from stack.hints import IN_A_CONTAINER, in_a_container

from orderstream.commands import (
    audit,
    bench,
    cancel,
    dashboard,
    dead_letters,
    demo,
    down,
    explain,
    faults,
    follow,
    load,
    logs,
    mail,
    maps,
    metrics,
    migrate,
    order,
    orders,
    prepare,
    replay,
    reset,
    scale,
    status,
    stock,
    token,
    topics,
    trace,
    up,
    vacate,
    watch,
    webhooks,
)
from orderstream.errors import TellingGroup

LOOK, ACT = "Look", "Act as a customer"
OPERATE, DEVELOP = "Operate", "Develop"
GROUPS = {
    LOOK: (
        orders,
        follow,
        explain,
        trace,
        watch,
        dashboard,
        status,
        metrics,
        topics,
        logs,
        mail,
        stock,
        audit,
        replay,
    ),
    ACT: (order, cancel, load, token, faults),
    OPERATE: (up, demo, down, reset, scale, migrate, prepare),
    DEVELOP: (vacate, bench, maps),
}
NESTED = {"webhooks": (webhooks, ACT), "dead-letters": (dead_letters, OPERATE)}
ALIASES: dict[str, Callable[..., None]] = {"history": follow.history, "spread": topics.spread}
"""The old names of what other commands do by now."""
NATIVE = frozenset({bench, demo, down, logs, maps, migrate, reset, scale, up, vacate})
"""What acts on processes or files of this machine: of containers, Docker does."""
BEGINNINGS = (
    (follow, "follow last   # every event of the newest order, by cause and effect"),
    (order, "order --random 3   # place an order and watch its way"),
    (up, "up   # start everything, and say where to look"),
    (dead_letters, "dead-letters list   # what waits for an operator"),
    (vacate, "vacate payment-worker   # make room for a process of your own branch"),
)
"""An example of each group, for whoever does not know where to begin."""


def _is_hidden(command: ModuleType) -> bool:
    return in_a_container() and command in NATIVE


def _examples(lines: Iterable[str]) -> str:
    """Commands to try, as they are typed natively, or from outside of this container."""
    called = IN_A_CONTAINER if in_a_container() else "orderstream"
    shown = (f"[dim]$[/] {called} {line}" for line in lines)
    return "\n\n".join(("[bold]Examples[/]", *shown))


# Each command reports in its own words that a broker is unavailable.
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)

app = typer.Typer(
    name="orderstream",
    cls=TellingGroup,
    help="Start the whole shop on this machine, look into it, and stop it.",
    epilog=_examples(line for command, line in BEGINNINGS if not _is_hidden(command)),
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    add_completion=False,
)

for panel, commands in GROUPS.items():
    for command in commands:
        app.command(
            command.__name__.rpartition(".")[2],
            epilog=_examples(command.EXAMPLES),
            rich_help_panel=panel,
            hidden=_is_hidden(command),
        )(command.run)

for name, old in ALIASES.items():
    app.command(name, hidden=True)(old)

for name, (nested, panel) in NESTED.items():
    epilog = _examples(nested.EXAMPLES)
    app.add_typer(nested.group, name=name, epilog=epilog, rich_help_panel=panel)
