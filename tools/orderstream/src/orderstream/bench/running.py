"""One run of `orderstream bench`: measures a private copy of the system and shows the figures."""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table
from stack import steps_for

from orderstream.bench import benchmark, gateway, strangers, streams
from orderstream.bench.benchmark import HOPS_PER_ORDER, RECORDS_PER_ORDER, OrdersResult, Step
from orderstream.bench.gateway import OVERLOAD, OverloadResult, Round
from orderstream.bench.load import percentile
from orderstream.bench.strangers import Drenched
from orderstream.bench.streams import StreamsResult
from orderstream.formatting import table

KIBIBYTE = 1024
MEBIBYTE = 1024 * KIBIBYTE


def tell_step(console: Console, step: Step) -> None:
    """One step in one line, as soon as it is done."""
    outcome = step.outcome
    verdict = "kept up" if step.sustained else "[red]did not keep up[/]"
    console.print(
        f"  {step.rate:.0f}/s offered: {outcome.per_second:.0f}/s completed, "
        f"p50 {outcome.p50_ms:.0f} ms, p99 {outcome.p99_ms:.0f} ms, "
        f"POST p99 {step.post_p99_ms:.0f} ms: {verdict}"
    )


def show_orders(console: Console, result: OrdersResult) -> None:
    """All tables of a run."""
    console.print(_steps(result))
    best = result.best or result.steps[0]
    console.print(_costs(best))
    console.print(_ratios(result, best))
    total = sum(result.idle_memory.values()) / MEBIBYTE
    console.print(f"Memory of the idle system: {total:.0f} MiB")


def _steps(result: OrdersResult) -> object:
    columns = ("offered/s", "completed/s", "p50 ms", "p95 ms", "p99 ms")
    post = ("POST p50", "POST p95", "POST p99")
    shown = table(*columns, *post, "refused", "unfinished", right=(*columns, *post))
    for step in result.steps:
        outcome = step.outcome
        times = (outcome.p50_ms, outcome.p95_ms, outcome.p99_ms)
        answers = (step.post_p50_ms, step.post_p95_ms, step.post_p99_ms)
        shown.add_row(
            f"{step.rate:.0f}",
            f"{outcome.per_second:.0f}",
            *(f"{ms:.0f}" for ms in (*times, *answers)),
            ", ".join(f"{n} x {why}" for why, n in step.refused.items()) or "0",
            str(outcome.unfinished),
        )
    return shown


def _costs(step: Step) -> object:
    shown = table("process", f"CPU ms per order at {step.rate:.0f}/s", right=("CPU",))
    spent = sorted(step.cpu_ms_per_order.items(), key=lambda item: -item[1])
    for name, milliseconds in spent:
        shown.add_row(name, f"{milliseconds:.2f}")
    shown.add_row("[bold]together[/]", f"[bold]{sum(step.cpu_ms_per_order.values()):.2f}[/]")
    return shown


def _ratios(result: OrdersResult, best: Step) -> object:
    hops = best.outcome.per_second * HOPS_PER_ORDER
    records = best.outcome.per_second * RECORDS_PER_ORDER
    shown = table("against", "it does", "we do", "ratio", right=("it does", "we do", "ratio"))
    shown.add_row(
        "pgbench, one event a transaction",
        f"{result.postgres_events_per_second:.0f} events/s",
        f"{hops:.0f} events/s",
        f"{hops / result.postgres_events_per_second:.2f}",
    )
    shown.add_row(
        "Kafka's producer test",
        f"{result.kafka_records_per_second:.0f} records/s",
        f"{records:.0f} records/s",
        f"{records / result.kafka_records_per_second:.3f}",
    )
    return shown


def show_overload(console: Console, result: OverloadResult) -> None:
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


def tell_round(console: Console, one: Round) -> None:
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


def show_floods(console: Console, found: Sequence[Drenched]) -> None:
    """All floods, a line each."""
    columns = ("sent", "a second", "MiB before", "at most", "CPU", "/healthz at most ms")
    shown = table("flood", *columns, "came of it", right=columns)
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
    """One flood in a line, as soon as it is over."""
    console.print(
        f"  {one.name}: {one.rss_before / MEBIBYTE:.0f} to {one.rss_most / MEBIBYTE:.0f} MiB,"
        f" {one.cpu_share:.0%} of a core"
    )


def show_streams(console: Console, result: StreamsResult) -> None:
    """One row of figures."""
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


def measure_orders(screen: Console, rates: Sequence[float], seconds: float) -> None:
    """Offer orders at each rate, show what became of them and keep the figures."""
    with _scratch() as folder:
        tell = partial(tell_step, screen)
        run = benchmark.run_benchmark(rates, seconds, folder, tell, steps_for(screen))
        result = asyncio.run(run)
    show_orders(screen, result)
    screen.print(f"Figures: {benchmark.write_json(result, RESULTS)}")


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
