"""Two benches side by side: what changed between them, and whether it is more than noise.

Machines differ by a third within an hour, so no figure is compared as it is: each is put in relation
to the floor of the same series first, or is a number of things that no clock measures.
"""

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orderstream.errors import CommandError

Document = Mapping[str, Any]
T_95 = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13)
"""Student's t for 95 %, two-sided, by degrees of freedom from 1."""
T_MANY = 1.96


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of both benches at one rate: B in relation to A, and how far noise reaches.

    `noise` is what the ratio may be off by with 95 % confidence, as a share; None where one of them
    was measured once only.
    """

    rate: float
    figure: str
    ratio: float
    noise: float | None

    @property
    def verdict(self) -> str:
        """What may be said of it."""
        if self.noise is None:
            return "measured once: use --repeats"
        if abs(math.log(self.ratio)) <= math.log1p(self.noise):
            return "noise"
        return "less" if self.ratio < 1 else "more"


COUNTED = ("batches", "publishes", "transactions", "rows scanned")


def figures_of(trial: Document, floor: Document) -> dict[str, float]:
    """Give every figure of a trial that may be compared, by what it is called."""
    floor_ms, outcome = floor["cpu_ms"], trial["outcome"]
    by_process = {
        f"CPU of {name}": spent / floor_ms for name, spent in sorted(trial["cpu_ms"].items())
    }
    return {
        "CPU an order": trial["system_cpu_ms"] / floor_ms,
        "p50": outcome["p50_ms"] / floor["p50_ms"],
        "p99": outcome["p99_ms"] / floor["p99_ms"],
        "orders a second, of those offered": trial["ended_per_second"] / trial["rate"],
        "switches an order": sum(trial["switches"].values()),
        **{f"{what} an order": _counted(trial, what) for what in COUNTED},
        **by_process,
    }


def _counted(trial: Document, what: str) -> float:
    return float(sum(numbers.get(what, 0.0) for numbers in trial["counted"].values()))


def compare(before: Document, after: Document) -> list[Difference]:
    """Compare every figure at every rate that both have measured undisturbed.

    Raises:
        CommandError: they did not measure the same thing, or a file is not whole.
    """
    try:
        _require_alike(before["plan"], after["plan"])
        return list(_differences(before, after))
    except (KeyError, TypeError, AttributeError) as error:
        raise CommandError(f"These are not whole figures of a bench: {error!r}") from error


def _require_alike(before: Document, after: Document) -> None:
    for name in ("mix", "seconds"):
        if before[name] != after[name]:
            raise CommandError(
                f"They cannot be compared: {name} is {before[name]} in one, {after[name]} in the other."
            )


def _differences(before: Document, after: Document) -> Iterator[Difference]:
    old, new = _by_rate(before), _by_rate(after)
    rates = sorted(old.keys() & new.keys())
    if not rates:
        raise CommandError("They have no rate in common that both measured undisturbed.")
    for rate in rates:
        figures_then = [figures_of(*measured) for measured in old[rate]]
        figures_now = [figures_of(*measured) for measured in new[rate]]
        for figure in [one for one in figures_then[0] if one in figures_now[0]]:
            found = _difference(
                rate, figure, _logs(figure, figures_then), _logs(figure, figures_now)
            )
            if found is not None:
                yield found


Measured = list[tuple[Document, Document]]
"""Trials, each with the floor of its series."""


def _by_rate(document: Document) -> dict[float, Measured]:
    found: dict[float, Measured] = {}
    for series in document["series"]:
        for trial in series["trials"]:
            if not trial["is_disturbed"]:
                found.setdefault(trial["rate"], []).append((trial, series["floor"]))
    return found


def _logs(figure: str, measured: Sequence[Mapping[str, float]]) -> list[float]:
    """Give the logarithms of a figure: their difference is a ratio's, and scatters alike for all."""
    return [math.log(one[figure]) for one in measured if one.get(figure, 0) > 0]


def _difference(
    rate: float, figure: str, old: Sequence[float], new: Sequence[float]
) -> Difference | None:
    if not old or not new:
        return None
    ratio = math.exp(statistics.fmean(new) - statistics.fmean(old))
    return Difference(rate, figure, ratio, _noise(old, new))


def _noise(old: Sequence[float], new: Sequence[float]) -> float | None:
    """Give Welch's 95 % interval of the difference of two means, as a share."""
    if min(len(old), len(new)) < 2:  # noqa: PLR2004  # one alone does not scatter
        return None
    parts = [(statistics.variance(some) / len(some), len(some) - 1) for some in (old, new)]
    total = sum(part for part, _ in parts)
    if total == 0:
        return 0.0
    freedom = total**2 / sum(part**2 / degrees for part, degrees in parts)
    t = T_95[int(freedom) - 1] if int(freedom) <= len(T_95) else T_MANY
    return math.expm1(t * math.sqrt(total))
