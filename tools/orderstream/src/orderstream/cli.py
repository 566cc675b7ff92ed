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
    logs,
    mail,
    maps,
    migrate,
    order,
    orders,
    replay,
    reset,
    scale,
    spread,
    status,
    stock,
    token,
    topics,
    up,
    watch,
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
    reset,
    bench,
    migrate,
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

dead_letters_help = "\n\n".join(f"[dim]$[/] orderstream {line}" for line in dead_letters.EXAMPLES)
app.add_typer(
    dead_letters.group, name="dead-letters", epilog=f"[bold]Examples[/]\n\n{dead_letters_help}"
)
