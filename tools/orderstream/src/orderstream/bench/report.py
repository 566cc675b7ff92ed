"""The figures of a benchmark as tables."""

from rich.console import Console

from orderstream.bench.benchmark import HOPS_PER_ORDER, RECORDS_PER_ORDER, Result
from orderstream.bench.steps import Step
from orderstream.tables import table

MEBIBYTE = 1024 * 1024


def told(console: Console, step: Step) -> None:
    """One step in one line, as soon as it is done."""
    outcome = step.outcome
    verdict = "kept up" if step.sustained else "[red]did not keep up[/]"
    console.print(
        f"  {step.rate:.0f}/s offered: {outcome.per_second:.0f}/s completed, "
        f"p50 {outcome.p50_ms:.0f} ms, p99 {outcome.p99_ms:.0f} ms, "
        f"POST p99 {step.post_p99_ms:.0f} ms: {verdict}"
    )


def show(console: Console, result: Result) -> None:
    """All tables of a run."""
    console.print(_steps(result))
    best = result.best or result.steps[0]
    console.print(_costs(best))
    console.print(_ratios(result, best))
    total = sum(result.idle_memory.values()) / MEBIBYTE
    console.print(f"Memory of the idle system: {total:.0f} MiB")


def _steps(result: Result) -> object:
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


def _ratios(result: Result, best: Step) -> object:
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
