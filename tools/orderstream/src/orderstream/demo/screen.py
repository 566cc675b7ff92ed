"""The replay as it is shown on a terminal: one picture, painted anew a few times a second."""

from rich import box
from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from orderstream.demo.replay import Replay
from orderstream.demo.tally import Tally, tally
from orderstream.demo.waiting import Board

BAR = 10


def picture(title: str, replay: Replay, board: Board) -> RenderableType:
    """Where all orders stand, how fast it goes, and what waits in which service.

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
    for name, colour, count in now.rows:
        bar = ProgressBar(
            total=now.total,
            completed=count,
            width=BAR,
            complete_style=colour,
            finished_style=colour,
        )
        shown.add_row(Text(name, style=colour), str(count), bar)
    return shown


def _backlogs(board: Board) -> Table:
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column("waiting in")
    for what in ("unacked", "outbox", "calls"):
        shown.add_column(what, justify="right")
    for service, backlog in board.backlogs.items():
        counts = (backlog.unheard, backlog.outbox, backlog.commands)
        shown.add_row(service, *(_count(count) for count in counts))
    return shown


def _count(count: int | None) -> Text:
    if count is None:
        return Text("-", style="dim")
    return Text(f"{count:,}", style="yellow" if count else "dim")


def _pace(now: Tally, board: Board) -> str:
    away = f"  ({board.away})" if board.away else ""
    return (
        f"{now.elapsed_s:5.1f} s   {now.placed_rate:.1f} orders/s placed, "
        f"{now.ended_rate:.1f}/s ended   {board.new_events:,} events{away}"
    )
