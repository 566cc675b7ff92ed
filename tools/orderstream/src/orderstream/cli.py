"""The command line: a command is a file in `commands/` and an import and a name here."""

import logging

import typer

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
    history,
    load,
    logs,
    mail,
    maps,
    migrate,
    order,
    orders,
    prepare,
    replay,
    reset,
    scale,
    spread,
    status,
    stock,
    token,
    topics,
    up,
    vacate,
    watch,
    webhooks,
)
from orderstream.failing import TellingGroup

COMMANDS = (
    demo,
    up,
    order,
    watch,
    faults,
    explain,
    follow,
    history,
    orders,
    dashboard,
    cancel,
    token,
    mail,
    stock,
    audit,
    replay,
    status,
    topics,
    spread,
    logs,
    scale,
    vacate,
    reset,
    load,
    bench,
    migrate,
    prepare,
    maps,
    down,
)

# Each command tells in its own words that a broker is away.
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)

app = typer.Typer(
    name="orderstream",
    cls=TellingGroup,
    help="Start the whole shop on this machine, look into it, and stop it.",
    epilog="Start here: orderstream up",
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    add_completion=False,
)

for command in COMMANDS:
    examples = "\n\n".join(f"[dim]$[/] orderstream {line}" for line in command.EXAMPLES)
    name = command.__name__.rpartition(".")[2]
    app.command(name, epilog=f"[bold]Examples[/]\n\n{examples}")(command.run)

for name, commands in (("dead-letters", dead_letters), ("webhooks", webhooks)):
    examples = "\n\n".join(f"[dim]$[/] orderstream {line}" for line in commands.EXAMPLES)
    app.add_typer(commands.group, name=name, epilog=f"[bold]Examples[/]\n\n{examples}")
