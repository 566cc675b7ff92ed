"""`orderstream replay`: the orders once more from what the topics hold, compared with the live ones."""

import dataclasses
import json
from datetime import datetime
from typing import Annotated

import typer
from aiokafka.errors import KafkaError
from audit import CannotAuditError
from servicekit.sentences import sentence
from stack import DATABASES, Steps, load, reach, steps_for
from stack.hints import look_at_status, no_answer

from orderstream.errors import CommandError
from orderstream.formatting import console
from orderstream.interrupting import run_interruptibly
from orderstream.replay_check.orders import Selection
from orderstream.replay_check.rebuild import SERVICE, rebuild
from orderstream.replay_check.report import Report, show_report
from orderstream.shop import HELP, find_order_id, in_shop

EXAMPLES = (
    "replay",
    "replay --order last",
    "replay --from 2026-03-01T14:00 --until 2026-03-01T15:00",
    "replay --keep   # then look into the database that it names",
)
WHEN = "A time such as 2026-03-01T14:00; without a zone it is local."


def run(
    service: Annotated[
        str, typer.Argument(help="Only the order service can be replayed.")
    ] = SERVICE,
    *,
    order: Annotated[str | None, typer.Option("--order", help=HELP)] = None,
    since: Annotated[
        str | None, typer.Option("--from", help=f"Only orders placed then or later. {WHEN}")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help=f"Only orders placed before then. {WHEN}")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Do not drop the rebuilt database.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Rebuild the orders in a database of their own from the topics, and compare.

    The facts go through the order service's real handlers. Nothing is published, and no customer
    is charged, sent a parcel or a mail: a replay has no means to. The live orders are only read.

    Compared is what follows from facts: not when a status was reached, nor by which way. The exit
    code is 1 if an order differs.
    """
    selection = _selection(service, order, since, until)
    report = run_interruptibly(_rebuild(selection, keep=keep, quiet=as_json), console())
    if as_json:
        told = dataclasses.asdict(report)
        typer.echo(json.dumps(told, indent=1, default=str))
    else:
        show_report(report, console())
    if report.differences:
        raise typer.Exit(1)


async def _rebuild(selection: Selection, *, keep: bool, quiet: bool) -> Report:
    system = reach(load())
    try:
        with Steps() if quiet else steps_for(console()) as steps:
            return await rebuild(system, selection, steps, keep=keep)
    except KafkaError as error:
        raise CommandError(no_answer("Kafka", error)) from None
    except CannotAuditError as error:
        raise CommandError(f"{sentence(str(error))} {look_at_status()}") from None
    except OSError as error:
        raise CommandError(no_answer("PostgreSQL", error)) from None


def _selection(service: str, order: str | None, since: str | None, until: str | None) -> Selection:
    if service not in DATABASES:
        raise CommandError(f"no service is called {service}; only {SERVICE} can be replayed")
    if service != SERVICE:
        raise CommandError(
            f"{service} cannot be replayed: it acts on the world, or answers for what it promised. "
            f"Only {SERVICE} does nothing but read facts."
        )
    if order is not None and (since or until):
        raise CommandError("Give either --order or --from and --until.")
    order_id = order and in_shop(lambda _, gateway: find_order_id(gateway, order))
    return Selection(order_id, _moment("--from", since), _moment("--until", until))


def _moment(option: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        raise CommandError(f"{option} {text!r} is no time. {WHEN}") from None
