"""The replay as lines of text, for pipes and the logs of CI."""

from orderstream.demo.replay import Replay
from orderstream.demo.tally import tally
from orderstream.demo.waiting import Board


def line(replay: Replay, board: Board) -> str:
    """How it stands now, on one line."""
    now = tally(replay)
    where = ", ".join(f"{name} {count}" for name, _, count in now.rows if count)
    return (
        f"{now.elapsed_s:5.1f} s  {now.placed}/{now.total} placed: {where or 'none yet'}"
        f"; waiting: {_waiting(board)}"
    )


def _waiting(board: Board) -> str:
    if board.away:
        return f"unknown ({board.away})"
    parts = []
    for service, backlog in board.backlogs.items():
        counts = {
            "events": backlog.unheard,
            "in outbox": backlog.outbox,
            "calls": backlog.commands,
        }
        told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
        if told:
            parts.append(f"{service} {told}")
    return "; ".join(parts) or "nothing"
