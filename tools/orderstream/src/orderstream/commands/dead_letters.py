"""`orderstream dead-letters`: what could not be handled, and what to do about it."""

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from stack import System, load, reach
from stack.hints import program

from orderstream.dead_letters.acting import Action, Wish, known, let_go
from orderstream.dead_letters.reading import SERVICES, LetterId, read
from orderstream.dead_letters.showing import show_letter, show_letters
from orderstream.errors import TellingGroup
from orderstream.formatting import console

EXAMPLES = (
    "dead-letters list",
    "dead-letters show shipping:12",
    'dead-letters redrive shipping:12 --reason "repaired in 1.4" --dry-run',
    'dead-letters redrive --service shipping --reason "repaired in 1.4"',
    'dead-letters discard shipping:12 --reason "sent by a test"',
    'dead-letters set-aside payment --reason "a release that was rolled back"',
)
NAMED = "Letters by service and number, such as shipping:12."
T = TypeVar("T")
Named = Annotated[list[str] | None, typer.Argument(help=NAMED, metavar="LETTER")]
Service = Annotated[
    str | None, typer.Option("--service", help="Instead of names: every open letter of a service.")
]
Reason = Annotated[str, typer.Option("--reason", "-r", help="Why; it is kept with the letter.")]
Operator = Annotated[str | None, typer.Option("--operator", help="Who; by default you.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
Wait = Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for the outcome.")]

group = typer.Typer(
    cls=TellingGroup,
    no_args_is_help=True,
)


@group.callback()
def run() -> None:
    """See what services could not handle, and have it handled once more or given up."""


@group.command("list")
def list_letters(
    *,
    service: Annotated[str | None, typer.Option("--service", help="Only of this one.")] = None,
    settled: Annotated[bool, typer.Option("--all", help="Settled ones too.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many.")] = 50,
) -> None:
    """List what waits for an operator: which fact, of which order, and why it could not be handled."""
    services = [known(service)] if service else SERVICES
    letters = _in_system(lambda system: read(system, services, settled=settled, limit=limit))
    if not letters:
        console().print("No service has a dead letter.", style="green")
        return
    show_letters(letters, console())
    console().print(f"Look closer: {program()} dead-letters show {letters[0].id}", soft_wrap=True)


@group.command()
def show(letter: Annotated[str, typer.Argument(help=NAMED)]) -> None:
    """Print one letter: where it comes from, what it says, what was done about it.

    Names, addresses and payment tokens are masked.
    """
    wanted = LetterId.parse(letter)
    _in_system(lambda system: show_letter(system, wanted, console()))


@group.command()
def redrive(
    letters: Named = None,
    *,
    reason: Reason,
    service: Service = None,
    operator: Operator = None,
    dry_run: DryRun = False,
    wait: Wait = 30,
) -> None:
    """Have letters handled once more, by the service that set them aside.

    Repair what was wrong first. Each has its effects once, however often this is asked. The exit
    code is 1 if one failed again: it stays a dead letter, with its new error.
    """
    wish = Wish(Action.REDRIVE, letters or [], service, reason, operator or getpass.getuser())
    _act(wish, dry_run=dry_run, wait=wait)


@group.command()
def discard(
    letters: Named = None,
    *,
    reason: Reason,
    service: Service = None,
    operator: Operator = None,
    dry_run: DryRun = False,
    wait: Wait = 30,
) -> None:
    """Give letters up: nothing that they say will happen, and their orders go on without it.

    An order that needs it stays where it is until its deadline stops it.
    """
    wish = Wish(Action.DISCARD, letters or [], service, reason, operator or getpass.getuser())
    _act(wish, dry_run=dry_run, wait=wait)


@group.command("set-aside")
def set_aside(
    service: Annotated[str, typer.Argument(help="Whose workers: order, payment and so on.")],
    *,
    reason: Reason,
    operator: Operator = None,
    wait: Wait = 10,
) -> None:
    """Have paused workers go on: what they hold back and cannot handle becomes dead letters.

    A worker pauses when one event after the other cannot be handled, and goes on by itself when one
    can. Use this where none will come. The exit code is 1 if no worker is paused.
    """
    act = (reason, operator or getpass.getuser())
    _in_system(lambda system: let_go(system, service, act, wait, console()))


def _act(wish: Wish, *, dry_run: bool, wait: float) -> None:
    if dry_run:
        _in_system(lambda system: wish.show(system, console()))
    elif not _in_system(lambda system: wish.carry_out(system, wait, console())):
        raise typer.Exit(1)


def _in_system(work: Callable[[System], Awaitable[T]]) -> T:
    async def run() -> T:
        return await work(reach(load()))

    return asyncio.run(run())
