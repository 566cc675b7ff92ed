"""How the figures of `orderstream bench` look on a terminal."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from orderstream.auditing import show_report
from orderstream.bench.benchmark import best_of
from orderstream.bench.comparing import Difference
from orderstream.bench.machine import FOREIGN_MOST
from orderstream.bench.results import BenchResult, Series
from orderstream.bench.trial import Trial
from orderstream.formatting import table

MEBIBYTE = 1024 * 1024


def tell_trial(console: Console, trial: Trial) -> None:
    """Print one trial in one line, as soon as it is done."""
    outcome = trial.outcome
    verdict = "kept up" if trial.keeps_up else "[red]did not keep up[/]"
    foreign = f"others used {trial.foreign_share:.0%} of the machine"
    console.print(
        f"  {trial.rate:.0f}/s offered: {outcome.per_second:.0f}/s ended, "
        f"p50 {outcome.p50_ms:.0f} ms, p99 {outcome.p99_ms:.0f} ms, "
        f"{trial.system_cpu_ms:.1f} ms of CPU an order, {foreign}: {verdict}"
    )


def show_result(console: Console, result: BenchResult) -> None:
    """Print all tables of a run, and the verdict of the audit."""
    warmed = result.warm_up
    flat = "flat" if warmed.is_flat else "[red]not flat yet[/]"
    console.print(f"Warmed up for {warmed.seconds:.0f} s: the cost of an order was {flat}.")
    console.print(_trials(result.trials))
    console.print(_endings(result.trials))
    console.print(_costs(best_of(result.trials)))
    console.print(_simpler(result.series))
    total = sum(result.idle_memory.values()) / MEBIBYTE
    console.print(f"Memory of the idle system: {total:.0f} MiB")
    if any(trial.is_disturbed for trial in result.trials):
        console.print(
            f"[red]Not to be believed: others used more than {FOREIGN_MOST:.0%} of the machine.[/]"
        )
    if result.audit.clean:
        console.print(f"Audit: [green]{result.audit.summary}[/]")
    else:
        show_report(result.audit, console)


def _trials(trials: Sequence[Trial]) -> Table:
    columns = ("offered/s", "ended/s", "p50 ms", "p95 ms", "p99 ms", "POST p50", "POST p99")
    more = ("open after 10 s", "others", "CPU ms", "load late ms")
    shown = table(*columns, *more, "refused", "kept up", right=(*columns, *more))
    for trial in trials:
        outcome = trial.outcome
        times = (outcome.p50_ms, outcome.p95_ms, outcome.p99_ms)
        shown.add_row(
            f"{trial.rate:.0f}",
            f"{outcome.per_second:.0f}",
            *(f"{ms:.0f}" for ms in (*times, trial.post_p50_ms, trial.post_p99_ms)),
            str(trial.open_late),
            f"{trial.foreign_share:.1%}",
            f"{trial.system_cpu_ms:.1f}",
            f"{trial.load_late_ms:.0f}",
            _listed(trial.refused),
            "yes" if trial.keeps_up else "[red]no[/]",
        )
    return shown


def _endings(trials: Sequence[Trial]) -> Table:
    columns = (
        "offered/s",
        "accepted",
        "declined",
        "cancelled",
        "mails",
        "dead letters",
        "unfinished",
    )
    shown = table(*columns, "ended", "undone", right=columns)
    for trial in trials:
        numbers = (trial.accepted, trial.declined, trial.cancelled, trial.outcome.mails)
        shown.add_row(
            f"{trial.rate:.0f}",
            *(str(number) for number in (*numbers, trial.dead_letters, trial.outcome.unfinished)),
            _listed(trial.outcome.endings),
            _listed(trial.outcome.compensations),
        )
    return shown


def _listed(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {what}" for what, number in numbers.items() if number) or "0"


COUNTED = (
    "batches",
    "facts",
    "publishes",
    "records",
    "calls",
    "requests",
    "transactions",
    "rows scanned",
)


def _costs(trial: Trial) -> Table:
    """Return what an order costs each process, the dearest first."""
    columns = ("CPU ms", "switches", *COUNTED)
    shown = table(f"an order at {trial.rate:.0f}/s", *columns, right=columns)
    for name, spent in sorted(trial.cpu_ms.items(), key=lambda item: -item[1]):
        counted = trial.counted.get(name, {})
        numbers = (f"{counted[what]:.2f}" if counted.get(what) else "" for what in COUNTED)
        shown.add_row(name, f"{spent:.2f}", f"{trial.switches[name]:.1f}", *numbers)
    switches = sum(trial.switches.values())
    shown.add_row(
        "[bold]together[/]", f"[bold]{sum(trial.cpu_ms.values()):.2f}[/]", f"{switches:.0f}"
    )
    return shown


def _simpler(series: Sequence[Series]) -> Table:
    """Return what simpler systems made of the machine in the same minutes, and how we stand to them."""
    columns = ("orders/s", "CPU ms an order", "p50 ms", "p99 ms", "we spend")
    shown = table("beside it", *columns, right=columns)
    for one in series:
        ours = best_of(one.trials).system_cpu_ms
        for name, found in {"the floor": one.floor, **one.peers}.items():
            figures = (f"{found.per_second:.0f}", f"{found.cpu_ms:.2f}")
            times = (f"{found.p50_ms:.0f}", f"{found.p99_ms:.0f}")
            shown.add_row(name, *figures, *times, f"{ours / found.cpu_ms:.1f} times")
    return shown


def show_differences(console: Console, differences: Sequence[Difference]) -> None:
    """Print a line for each figure: B in relation to A, and whether that is more than noise."""
    columns = ("rate", "B to A", "noise ±")
    shown = table("figure", *columns, "verdict", right=columns)
    for one in differences:
        noise = "" if one.noise is None else f"{one.noise:.1%}"
        shown.add_row(one.figure, f"{one.rate:.0f}", f"{one.ratio:.3f}", noise, one.verdict)
    console.print(shown)
    console.print(
        "CPU and times are in relation to the floor of the same series. One line in twenty is "
        "beyond its noise by chance."
    )
