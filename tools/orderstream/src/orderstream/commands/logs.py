"""`orderstream logs`: what all processes say, in the order of time."""

import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Literal

import typer
from stack import Folders, NotUpError, load
from stack.hints import program
from stack.log_lines import Entry, as_object, readable

from orderstream.errors import CommandError
from orderstream.logs import containers, files
from orderstream.logs.wanted import Wanted, moment, trace_id
from orderstream.shop import WHOLE, find_order_id, in_shop

EXAMPLES = (
    "logs --order last             # all that any process says of the newest order",
    "logs --since 10m --level warning",
    "logs payment-worker -f        # stay and show what comes",
    "logs order-migrate -n 5       # what a start has run once is there too",
    "logs --order last --json | jq .event",
)
LINES = 50
Level = Literal["debug", "info", "warning", "error", "critical"]


def run(
    process: Annotated[
        list[str] | None,
        typer.Argument(help="Names from `orderstream status`, or services; all by default."),
    ] = None,
    *,
    order: Annotated[
        str | None, typer.Option("--order", "-o", help="Only of this order: its id, or `last`.")
    ] = None,
    trace: Annotated[
        str | None, typer.Option("--trace", help="Only of this trace: its id, or a traceparent.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="From then on: 90s, 10m, 2h ago, or a time (UTC).")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="Up to then, likewise.")] = None,
    level: Annotated[
        Level, typer.Option("--level", "-l", help="As bad as this or worse.")
    ] = "debug",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Show new lines too.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="A JSON object a line; as ORDERSTREAM_LOG_FORMAT=json.")
    ] = False,
    lines: Annotated[
        int | None,
        typer.Option(
            "--lines",
            "-n",
            min=1,
            help=f"How many at most, the newest; {LINES} unless an order, a trace or a time is named.",
        ),
    ] = None,
) -> None:
    """Show what the processes log, all of them in the order of time; also when the system is down."""
    settings, now = load(), datetime.now(UTC)
    texts = [] if order is None else [_order_id(order)]
    texts += [] if trace is None else [trace_id(trace)]
    wanted = Wanted(
        tuple(text.encode() for text in texts),
        None if since is None else moment(since, now),
        None if until is None else moment(until, now),
        level,
    )
    limit = lines or (None if texts or since or until else LINES)
    if settings.platform == "native":
        folder = Folders(settings.state_dir).logs
        found = files.read(folder, process or [], wanted, limit, follow=follow)
    else:
        found = containers.read(process or [], wanted, limit, follow=follow)
    if not _show(found, as_json=as_json or settings.log_format == "json"):
        raise CommandError(_nothing(order))


def _show(entries: Iterable[Entry], *, as_json: bool) -> int:
    """Print each line as soon as it is there; gives how many."""
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    count = 0
    for count, entry in enumerate(entries, 1):  # noqa: B007  # it is returned
        print(as_object(entry) if as_json else readable(entry, colour=colour), flush=True)  # noqa: T201  # lines of a log are no rich markup
    return count


def _nothing(order: str | None) -> str:
    advice = "Look further back with --since, or at all levels."
    if order:
        advice = f"Its history is in the books, whatever is logged: {program()} follow {order}"
    return f"No line that is kept says that. {advice}"


def _order_id(named: str) -> str:
    """Return the whole id; a part of it is known to the running system alone."""
    if WHOLE.fullmatch(named):
        return named
    try:
        return in_shop(lambda _, gateway: find_order_id(gateway, named))
    except NotUpError:
        raise CommandError(
            f"The system is not up, so {named!r} cannot be looked up. Give the whole id: ord_…"
        ) from None
