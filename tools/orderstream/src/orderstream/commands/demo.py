"""`orderstream demo`: a real shop's first day, from an empty machine to audited books."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer
from audit import CannotAuditError, Report, audit
from client import LedgerEntry, NoAnswerError, open_gateway
from rich.console import Console
from servicekit.sentences import sentence
from stack import Settings, System, down, find, load_native, steps_for, up, wipe
from stack.hints import program
from stack.opening_stock import REAL_ORDERS

from orderstream.auditing import show_report, target_of
from orderstream.demo.plan import Plan, plan_first_day
from orderstream.demo.replay import Replay
from orderstream.demo.screen import show_ending, shown
from orderstream.demo.waiting import Board, watched
from orderstream.errors import CommandError
from orderstream.formatting import console, short
from orderstream.interrupting import run_interruptibly
from orderstream.shop import sell

EXAMPLES = (
    "demo",
    "demo --keep    # leave everything running, to look around",
    "demo --file orders.csv.gz --fresh   # the first day of another shop",
    "demo --fresh   # erase what earlier runs have left: the same story again",
)
QUIET_S = 60.0
HAS_PAST = (
    "The shop has orders of earlier runs, so more will be out of stock than on its first day.\n"
    "For the story from its beginning: {program} demo --fresh"
)


def run(
    *,
    seconds: Annotated[
        float, typer.Option("--seconds", min=0, help="Over how long the day's orders come in.")
    ] = 20,
    keep: Annotated[bool, typer.Option("--keep", help="Leave running what was started.")] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="First erase databases, topics and logs.")
    ] = False,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="Orders of another shop, as data/online-retail has them."),
    ] = None,
) -> None:
    """Start everything, replay a real shop's first trading day, audit the books, stop.

    All 127 orders of 1 December 2010 enter through the gateway, and those whose goods really came
    back are cancelled by their customers. A system that is up already is used and left running.
    A file of another shop has the same columns, and may be a gzip; its products fill the shelves.
    The exit code is 0 only if every order reached its end and the audit finds nothing.
    """
    to = console()
    if not run_interruptibly(_demo(to, seconds, file, keep=keep, fresh=fresh), to):
        raise typer.Exit(1)


async def _demo(to: Console, seconds: float, file: Path | None, *, keep: bool, fresh: bool) -> bool:
    settings = load_native() if file is None else load_native(seed_file=file)
    plan = await asyncio.to_thread(plan_first_day, settings.seed_file or REAL_ORDERS)
    replay = Replay(plan.purchases)
    async with _staged(settings, to, keep=keep, fresh=fresh) as system:
        ledger = await _replay(system, plan, replay, seconds, to)
        show_ending(replay.journeys, to)
        report = await _audit(system, ledger, to)
    _say_where(replay, system.folders.logs, to, is_up=find(settings.state_dir) is not None)
    return report.clean and all(one.has_ended for one in replay.journeys)


@asynccontextmanager
async def _staged(
    settings: Settings, to: Console, *, keep: bool, fresh: bool
) -> AsyncIterator[System]:
    """Provide a running system. What was started for it is stopped at the end, unless it is to be kept.

    Raises:
        CommandError: it is up, so that its data cannot be erased.
    """
    if system := find(settings.state_dir):
        if fresh:
            raise CommandError("The system is up. Before its data is erased: make down")
        to.print("The system is up already: it is used as it is, and left running.")
        yield system
        return
    if fresh:
        await wipe(settings.state_dir)
    with steps_for(to) as steps:
        system = await up(settings, steps=steps)
    kept = False
    try:
        yield system
        kept = keep
    finally:
        if not kept:
            with steps_for(to) as steps:
                await down(settings.state_dir, steps=steps)


async def _replay(
    system: System, plan: Plan, replay: Replay, seconds: float, to: Console
) -> list[LedgerEntry]:
    try:
        async with open_gateway(system.url("gateway"), system.url("issuer")) as gateway:
            await sell(system, gateway, plan.file, plan.orders)
            if await gateway.orders(limit=1):
                to.print(HAS_PAST.format(program=program()))
            board = Board()
            async with watched(system, board), shown(to, _title(plan), replay, board):
                await replay.run(gateway, seconds)
            return gateway.ledger.entries
    except NoAnswerError as error:
        log = system.folders.log_of("gateway")
        raise CommandError(f"{sentence(f'The gateway gave {error}')} Its log: {log}") from None


async def _audit(system: System, ledger: list[LedgerEntry], to: Console) -> Report:
    """Have all books compared, those of the customers too, once nothing moves any more."""
    to.print(
        "\n[bold]The audit[/] of all books, the provider's, the carrier's and the mail server's too"
    )
    try:
        report = await audit(target_of(system), ledger=ledger, wait_s=QUIET_S)
    except CannotAuditError as error:
        raise CommandError(f"There is no verdict: {error}") from None
    show_report(report, to)
    return report


def _title(plan: Plan) -> str:
    return f"A real shop's {plan.day:%A}, {plan.day.day} {plan.day:%B %Y}, once more"


def _say_where(replay: Replay, logs: Path, to: Console, *, is_up: bool) -> None:
    first = next((one.order_id for one in replay.journeys if one.order_id), None)
    if first is not None:
        start = "" if is_up else "make up, then "
        to.print(f"\nEvery event of one of them: {start}{program()} follow {short(first)}")
    to.print(
        f"Logs: {logs}" + ("   Stop: make down" if is_up else "   All is stopped, the data stays.")
    )
