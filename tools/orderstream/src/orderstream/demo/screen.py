"""The replay on a terminal: one picture, repainted a few times a second, and what became of the orders."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from statistics import median

from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from orderstream.demo.replay import ENDS, NAMES, Journey, Replay, Tally, place, tally
from orderstream.demo.waiting import Board
from orderstream.formatting import count, moment, money, short, table, took


def line(replay: Replay, board: Board) -> str:
    """Return how it stands now, on one line."""
    now = tally(replay)
    where = ", ".join(f"{name} {count}" for name, _, count in now.rows if count)
    return (
        f"{now.elapsed_s:5.1f} s  {now.placed}/{now.total} placed: {where or 'none yet'}"
        f"; {_waiting(board)}"
    )


def _waiting(board: Board) -> str:
    if board.looked_at is None:
        return f"waiting: unknown ({board.doubt})"
    parts = []
    for service, backlog in board.backlogs.items():
        counts = (
            count(backlog.unhandled or 0, "event"),
            f"{backlog.outbox} in outbox",
            count(backlog.commands or 0, "call"),
        )
        if told := ", ".join(one for one in counts if not one.startswith("0 ")):
            parts.append(f"{service} {told}")
    waiting = f"waiting ({board.doubt})" if board.doubt else "waiting"
    return f"{waiting}: {'; '.join(parts) or 'nothing'}"


FRAME_S = 0.25
LINE_EVERY_S = 2.0


@asynccontextmanager
async def shown(console: Console, title: str, replay: Replay, board: Board) -> AsyncIterator[None]:
    """Show how the replay goes for as long as the block lasts, and how it stands at the end."""
    show = _paint if console.is_terminal else _tell
    showing = asyncio.create_task(show(console, title, replay, board))
    try:
        yield
    finally:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)


async def _paint(console: Console, title: str, replay: Replay, board: Board) -> None:
    with Live(console=console, auto_refresh=False) as live:
        try:
            while True:
                live.update(picture(title, replay, board), refresh=True)
                await asyncio.sleep(FRAME_S)
        finally:
            live.update(picture(title, replay, board), refresh=True)


async def _tell(console: Console, title: str, replay: Replay, board: Board) -> None:
    console.print(title)
    try:
        while True:
            await asyncio.sleep(LINE_EVERY_S)
            console.print(line(replay, board), highlight=False, soft_wrap=True)
    finally:
        console.print(line(replay, board), highlight=False, soft_wrap=True)


BAR = 10


def picture(title: str, replay: Replay, board: Board) -> RenderableType:
    """Return where all orders stand, how fast it goes, and what waits in which service.

    It fits into 80 columns.
    """
    now = tally(replay)
    both = Table.grid(padding=(0, 1))
    both.add_row(_statuses(now), _backlogs(board))
    return Group(
        Text(f"\n{title}", style="bold"),
        both,
        Text(f"{_pace(now, board)}", style="dim"),
    )


def _statuses(now: Tally) -> Table:
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column(f"{now.placed}/{now.total} placed", no_wrap=True)
    shown.add_column("orders", justify="right")
    shown.add_column("", width=BAR)
    for name, colour, orders in now.rows:
        bar = ProgressBar(
            total=now.total,
            completed=orders,
            width=BAR,
            complete_style=colour,
            finished_style=colour,
        )
        shown.add_row(Text(name, style=colour), str(orders), bar)
    return shown


def _backlogs(board: Board) -> Table:
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column("waiting in")
    for what in ("events", "outbox", "calls"):
        shown.add_column(what, justify="right")
    # Numbers that are old are dimmed; below the picture they are said to be old.
    style = "dim" if board.doubt else ""
    for service, backlog in board.backlogs.items():
        counts = (backlog.unhandled, backlog.outbox, backlog.commands)
        shown.add_row(service, *(_count(count) for count in counts), style=style)
    return shown


def _count(count: int | None) -> Text:
    if count is None:
        return Text("-", style="dim")
    return Text(f"{count:,}", style="yellow" if count else "dim")


def _pace(now: Tally, board: Board) -> str:
    doubt = f"   (waiting: {board.doubt})" if board.doubt else ""
    return (
        f"{now.elapsed_s:5.1f} s   {now.placed_rate:.1f} orders/s placed, "
        f"{now.ended_rate:.1f}/s ended   {board.new_events:,} events{doubt}"
    )


SOME = 3
OWNERS_SHOWN = 12


def show_ending(journeys: Sequence[Journey], console: Console) -> None:
    """Print what became of every order."""
    by_end: defaultdict[str, list[Journey]] = defaultdict(list)
    for journey in journeys:
        if journey.document is not None:
            by_end[place(journey)].append(journey)
    _show_ends(by_end, console)
    _show_cancellations([one for one in journeys if one.answer is not None], console)
    _show_trouble([one for one in journeys if one.trouble is not None], console)
    _show_speed([one for one in journeys if one.has_ended], console)


def _show_ends(by_end: dict[str, list[Journey]], console: Console) -> None:
    shown = table(
        "ended as",
        "order",
        "customer",
        "lines",
        "total",
        "took",
        right=("lines", "total", "took"),
    )
    for end in (*ENDS, *sorted(set(by_end) - set(ENDS))):
        found = by_end.get(end, [])
        for index, journey in enumerate(found[:SOME]):
            colour = "green" if end == "completed" else "yellow"
            name = f"{len(found):>3} {NAMES.get(end, end)}"
            shown.add_row(Text("" if index else name, style=colour), *_row(journey))
        if found:
            shown.add_section()
    console.print(f"\n[bold]What became of the {count(sum(map(len, by_end.values())), 'order')}[/]")
    console.print(shown)


def _row(journey: Journey) -> tuple[str, ...]:
    document = journey.document or {}
    owner = journey.purchase.order.customer[:OWNERS_SHOWN]
    lines, total = str(len(document["lines"])), money(document["total"])
    return short(document["id"]), owner, lines, total, took(document)


def _show_cancellations(journeys: Sequence[Journey], console: Console) -> None:
    if not journeys:
        return
    shown = table("order", "cancelled", "and so")
    for journey in journeys:
        after = journey.purchase.cancel_after_s
        when = f"after {after:.0f} s" if after else "at once"
        shown.add_row(short(journey.order_id or ""), when, _outcome(journey))
    console.print("[bold]Customers who changed their mind[/] (in 2010 they sent goods back)")
    console.print(shown)


def _outcome(journey: Journey) -> Text:
    if journey.answer == "shipped already":
        return Text("too late: the gateway knew that it had shipped", style="yellow")
    if journey.answer == "ended already":
        return Text("too late: it had ended for another reason", style="yellow")
    if place(journey) == "by_customer":
        return Text("stopped: nothing charged, nothing shipped", style="green")
    return Text("too late: shipping refused, it was on its way", style="yellow")


def _show_trouble(journeys: Sequence[Journey], console: Console) -> None:
    for journey in journeys:
        name = short(journey.order_id) if journey.order_id else journey.purchase.order.number
        console.print(Text(f"{name}: {journey.trouble}", style="red"))


def _show_speed(journeys: Sequence[Journey], console: Console) -> None:
    if not journeys:
        return
    seconds = sorted(
        (moment(one["final_at"]) - moment(one["placed_at"])).total_seconds()
        for one in (journey.document or {} for journey in journeys)
    )
    retried = sum(journey.tries > 1 for journey in journeys)
    again = f" {count(retried, 'order')} had to be sent more than once." if retried else ""
    console.print(
        f"From accepted to ended: median {median(seconds):.1f} s, slowest {seconds[-1]:.1f} s. "
        f"The payment provider takes up to 2 s of it.{again}",
        highlight=False,
    )
