"""One run of `orderstream bench`: measures a private copy of the system and shows the figures."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table
from stack import steps_for

from orderstream.bench import benchmark, gateway, results, strangers, streams
from orderstream.bench.comparing import compare
from orderstream.bench.gateway import OVERLOAD, OverloadResult, Round
from orderstream.bench.load import percentile
from orderstream.bench.peers import require_peers
from orderstream.bench.results import Plan
from orderstream.bench.showing import show_differences, show_result, tell_trial
from orderstream.bench.strangers import Drenched
from orderstream.bench.streams import StreamsResult
from orderstream.formatting import table
from orderstream.interrupting import run_interruptibly

KIBIBYTE = 1024
MEBIBYTE = 1024 * KIBIBYTE


def show_overload(console: Console, result: OverloadResult) -> None:
    """Print all rounds, and what became of the goodput beyond the knee."""
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


def tell_round(console: Console, one: Round) -> None:
    """Print one round in a line, as soon as it is done."""
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


def show_floods(console: Console, found: Sequence[Drenched]) -> None:
    """Print all floods, a line each."""
    columns = ("sent", "per s", "MiB before", "at most", "of a core", "/healthz ms")
    shown = table("flood", *columns, "answers", right=columns)
    for one in found:
        sent = one.came.total()
        shown.add_row(
            one.name,
            str(sent),
            f"{sent / one.seconds:.0f}",
            f"{one.rss_before / MEBIBYTE:.0f}",
            f"{one.rss_most / MEBIBYTE:.0f}",
            f"{one.cpu_share:.0%}",
            f"{one.slowest_ms:.0f}",
            ", ".join(f"{times} x {what}" for what, times in one.came.most_common()),
        )
    console.print(shown)


def tell_flood(console: Console, one: Drenched) -> None:
    """Print one flood in a line, as soon as it is over."""
    console.print(
        f"  {one.name}: {one.rss_before / MEBIBYTE:.0f} to {one.rss_most / MEBIBYTE:.0f} MiB,"
        f" {one.cpu_share:.0%} of a core, /healthz within {one.slowest_ms:.0f} ms"
    )


def show_streams(console: Console, result: StreamsResult) -> None:
    """Print one row of figures."""
    columns = ("streams", "KiB each", "orders/s", "changes", "p50 ms", "p95 ms", "p99 ms", "CPU")
    shown = table(*columns, "refused", "unfinished", right=columns)
    shown.add_row(
        str(result.streams),
        f"{result.bytes_each / KIBIBYTE:.1f}",
        f"{result.rate:.0f}",
        str(len(result.delays_ms)),
        *(f"{result.delay_ms(percent):.0f}" for percent in (50, 95, 99)),
        f"{result.gateway_cpu:.0%}",
        str(result.refused),
        str(result.unfinished),
    )
    console.print(shown)
    console.print("ms: from changed_at, set before the order service commits, to the client")


RESULTS = Path("bench-results")


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="orderstream-bench-") as folder:
        yield Path(folder)


def measure_orders(screen: Console, plan: Plan, file: Path | None) -> bool:
    """Offer orders at each rate, show what became of them and keep the figures; whether all was well."""
    if plan.with_peers:
        require_peers()
    with _scratch() as folder:
        run = benchmark.run_benchmark(plan, folder, partial(tell_trial, screen), steps_for(screen))
        result = run_interruptibly(run, screen)
    show_result(screen, result)
    file = file or results.new_file(RESULTS)
    results.write(result, file)
    screen.print(f"Figures: {file}")
    return result.audit.clean


def compare_files(screen: Console, before: Path, after: Path) -> None:
    """Show what changed between two files of figures."""
    show_differences(screen, compare(results.read(before), results.read(after)))


def measure_streams(screen: Console, count: int, rate: float, seconds: float) -> None:
    """Keep so many live streams open and show what they cost and how soon each sees a change."""
    with _scratch() as folder:
        result = uvloop.run(streams.measure(count, rate, seconds, folder, steps_for(screen)))
    show_streams(screen, result)


def measure_strangers(screen: Console, seconds: float) -> None:
    """Pour one flood after the other over a gateway and show what each costs it."""
    with _scratch() as folder:
        tell = partial(tell_flood, screen)
        found = uvloop.run(strangers.measure(seconds, folder, tell, steps_for(screen)))
    show_floods(screen, found)


def measure_gateway(screen: Console, rates: Sequence[float], seconds: float) -> None:
    """Offer the gateway alone more than it can take and show what it accepts."""
    with _scratch() as folder:
        tell = partial(tell_round, screen)
        result = uvloop.run(gateway.measure(rates, seconds, folder, tell, steps_for(screen)))
    show_overload(screen, result)
