"""`orderstream demo`: a real shop's first day, from an empty machine to audited books."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from orderstream.audit import CannotAuditError, LedgerEntry, Report, audit, show_report
from orderstream.client import NoAnswerError, open_gateway
from orderstream.demo import (
    Board,
    Plan,
    Replay,
    plan_first_day,
    show_ending,
    shown,
    staged,
    watched,
)
from orderstream.failing import CommandError
from orderstream.interrupting import run_interruptibly
from orderstream.platform import System, find, load_native
from orderstream.tables import console
from orderstream.wording import program, short

EXAMPLES = (
    "demo",
    "demo --keep    # leave everything running, to look around",
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
) -> None:
    """Start everything, replay a real shop's first trading day, audit the books, stop.

    All 127 orders of 1 December 2010 enter through the gateway, and those whose goods really came
    back are cancelled by their customers. A system that is up already is used and left running.
    The exit code is 0 only if every order reached its end and the audit finds nothing.
    """
    to = console()
    if not run_interruptibly(_demo(to, seconds, keep=keep, fresh=fresh), to):
        raise typer.Exit(1)


async def _demo(to: Console, seconds: float, *, keep: bool, fresh: bool) -> bool:
    plan = await asyncio.to_thread(plan_first_day)
    replay = Replay(plan.purchases)
    settings = load_native()
    async with staged(settings, to, keep=keep, fresh=fresh) as system:
        ledger = await _replay(system, plan, replay, seconds, to)
        show_ending(replay.journeys, to)
        report = await _audit(system, ledger, to)
    _say_where(replay, system.folders.logs, to, is_up=find(settings.state_dir) is not None)
    return report.clean and all(one.has_ended for one in replay.journeys)


async def _replay(
    system: System, plan: Plan, replay: Replay, seconds: float, to: Console
) -> list[LedgerEntry]:
    try:
        async with open_gateway(system.url("gateway"), system.url("issuer")) as gateway:
            if await gateway.orders(limit=1):
                to.print(HAS_PAST.format(program=program()))
            board = Board()
            async with watched(system, board), shown(to, _title(plan), replay, board):
                await replay.run(gateway, seconds)
            return gateway.ledger.entries
    except NoAnswerError as error:
        log = system.folders.log_of("gateway")
        raise CommandError(f"The gateway gave {error}. Its log: {log}") from None


async def _audit(system: System, ledger: list[LedgerEntry], to: Console) -> Report:
    """Have all books compared, those of the customers too, once nothing moves any more."""
    to.print(
        "\n[bold]The audit[/] of all books, the provider's, the carrier's and the mail server's too"
    )
    try:
        report = await audit(system, ledger=ledger, wait_s=QUIET_S)
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
