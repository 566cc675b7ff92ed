"""The figures of the gateway's benchmark as a table."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from orderstream.bench.gateway.crowd import percentile
from orderstream.bench.gateway.overload import OVERLOAD, Result, Round
from orderstream.tables import table

MEBIBYTE = 1024 * 1024


def show(console: Console, result: Result) -> None:
    """All rounds, and what became of the goodput beyond the knee."""
    console.print(_rounds([*result.rounds, result.overload]))
    core = "a core of its own" if result.pinned else "no core of its own"
    console.print(
        f"The knee is at {result.knee.rate:.0f}/s. At {OVERLOAD} times as many, the gateway accepts"
        f" {result.overload.goodput:.0f}/s: {result.ratio:.0%} of {result.knee.goodput:.0f}/s."
        f" It had {core}."
    )
    silent = result.overload.answers.without_retry_after
    if silent:
        console.print(f"[red]{silent} refusals did not say when to come back.[/]")


def told(console: Console, one: Round) -> None:
    """One round in a line, as soon as it is done."""
    console.print(
        f"  {one.rate:.0f}/s offered: {one.goodput:.0f}/s accepted, {_refusals(one)} refused"
    )


def _rounds(rounds: Sequence[Round]) -> Table:
    columns = ("offered/s", "accepted/s", "p50 ms", "p99 ms", "refused p99 ms")
    more = ("CPU", "CPU ms an order", "MiB before", "after", "load late ms")
    shown = table(*columns, "refused", *more, right=(*columns, *more))
    for one in rounds:
        accepted, refused = one.answers.accepted_ms, one.answers.refused_ms
        shown.add_row(
            f"{one.rate:.0f}",
            f"{one.goodput:.0f}",
            f"{percentile(accepted, 50):.0f}",
            f"{percentile(accepted, 99):.0f}",
            f"{percentile(refused, 99):.0f}",
            _refusals(one),
            f"{one.cpu_share:.0%}",
            f"{one.cpu_ms:.2f}",
            f"{one.rss_before / MEBIBYTE:.0f}",
            f"{one.rss_after / MEBIBYTE:.0f}",
            f"{one.answers.late_ms:.0f}",
        )
    return shown


def _refusals(one: Round) -> str:
    found = {why: n for why, n in one.answers.statuses.items() if why != "202"}
    return ", ".join(f"{n} x {why}" for why, n in found.items()) or "0"
