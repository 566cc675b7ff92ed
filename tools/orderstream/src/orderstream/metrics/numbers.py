"""The few numbers that tell how a system is: by service, and of the orders that have ended."""

import math
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from orderstream.metrics.judging import Raised, Sample

WINDOW_S = 60.0
COURSE = 12
"""Number of looks whose rates are drawn."""
P = "orderstream_"
HANDLED = f"{P}events_handled_total"
REQUESTS = f"{P}gateway_requests_total"
BUCKETS = f"{P}order_seconds_bucket"


@dataclass(slots=True)
class Service:
    """The numbers of one service; None stands for what it does not tell."""

    name: str
    per_s: float | None = None
    lag_s: float | None = None
    lag_records: float | None = None
    outbox_rows: float | None = None
    dead_letters: float | None = None
    commands: float | None = None
    paused: bool = False
    is_up: bool = True
    history: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Picture:
    """One look at the whole system; the orders are those that ended within `ended_within_s` seconds."""

    services: Sequence[Service]
    orders_open: float
    orders_overdue: float
    ended: float
    ended_within_s: float | None
    p50_s: float | None
    p99_s: float | None
    alerts: Sequence[Raised]

    def as_json(self) -> dict[str, Any]:
        """Give it as a document."""
        return {
            "orders": {
                "open": self.orders_open,
                "overdue": self.orders_overdue,
                "ended": self.ended,
                "ended_within_s": self.ended_within_s,
                "p50_s": self.p50_s,
                "p99_s": self.p99_s,
            },
            "services": [asdict(service) for service in self.services],
            "alerts": [
                {
                    "alert": one.alert.name,
                    "severity": one.alert.severity,
                    "labels": one.labels,
                    "value": one.value,
                    "fires": one.fires,
                    "summary": one.summary,
                    "runbook": one.alert.runbook,
                }
                for one in self.alerts
            ],
        }


class Numbers:
    """Makes a picture of each look, with rates since the one before."""

    def __init__(self) -> None:
        self._looks: deque[tuple[float, dict[str, float], dict[float, float]]] = deque()
        self._history: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=COURSE))

    def note(self, samples: Sequence[Sample], raised: Sequence[Raised], at: float) -> Picture:
        """Take a look over; `at` is its time in seconds."""
        totals, buckets = _totals(samples), _buckets(samples)
        before = self._looks[-1] if self._looks else None
        services = _services(samples)
        for service in services:
            if before and (service.name in totals or service.lag_s is not None):
                grown = totals.get(service.name, 0) - before[1].get(service.name, 0)
                service.per_s = max(0.0, grown / (at - before[0]))
                self._history[service.name].append(service.per_s)
            service.history = list(self._history[service.name])
        self._looks.append((at, totals, buckets))
        while self._looks[0][0] < at - WINDOW_S:
            self._looks.popleft()
        ended, within_s = self._ended(at, buckets)
        return Picture(
            services=services,
            orders_open=_sum_of_greatest(samples, f"{P}orders_open"),
            orders_overdue=_sum_of_greatest(samples, f"{P}orders_overdue"),
            ended=ended.get(math.inf, 0),
            ended_within_s=within_s,
            p50_s=quantile(ended, 0.5),
            p99_s=quantile(ended, 0.99),
            alerts=raised,
        )

    def _ended(
        self, at: float, buckets: Mapping[float, float]
    ) -> tuple[Mapping[float, float], float | None]:
        """Give the orders of the last minute; of all time, as long as none has ended within it."""
        first_at, _, first = self._looks[0]
        grown = {limit: count - first.get(limit, 0) for limit, count in buckets.items()}
        if grown.get(math.inf, 0) > 0:
            return grown, at - first_at
        return buckets, None


def quantile(buckets: Mapping[float, float], part: float) -> float | None:
    """Estimate a quantile from the numbers of what is within each limit; None if there is nothing."""
    total = buckets.get(math.inf, 0)
    if total <= 0:
        return None
    lower, below = 0.0, 0.0
    for limit in sorted(buckets):
        within = buckets[limit]
        if within >= part * total:
            if limit == math.inf:
                return lower
            return lower + (limit - lower) * (part * total - below) / (within - below)
        lower, below = limit, within
    return lower


def _totals(samples: Iterable[Sample]) -> dict[str, float]:
    """Sum up what each service has handled or answered."""
    totals: dict[str, float] = defaultdict(float)
    for sample in samples:
        counts = sample.name == HANDLED and sample.labels["outcome"] == "handled"
        if counts or sample.name == REQUESTS:
            totals[sample.labels["service"]] += sample.value
    return totals


def _buckets(samples: Iterable[Sample]) -> dict[float, float]:
    found: dict[float, float] = defaultdict(float)
    for sample in samples:
        if sample.name == BUCKETS:
            found[float(sample.labels["le"])] += sample.value
    return found


def _services(samples: Sequence[Sample]) -> list[Service]:
    """Give every service that answers, or does not."""
    by_service: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_service[sample.labels["service"]].append(sample)
    return [_service(name, told) for name, told in by_service.items()]


def _service(name: str, told: Sequence[Sample]) -> Service:
    def greatest(metric: str) -> float | None:
        return max((one.value for one in told if one.name == P + metric), default=None)

    def total(metric: str) -> float | None:
        values = [one.value for one in told if one.name == P + metric]
        return sum(values) if values else None

    return Service(
        name,
        lag_s=greatest("consumer_lag_seconds"),
        lag_records=total("consumer_lag_records"),
        outbox_rows=greatest("outbox_rows"),
        dead_letters=greatest("dead_letters_open"),
        commands=total("commands_pending"),
        paused=bool(greatest("breaker_open")),
        is_up=all(one.value for one in told if one.name == "up"),
    )


def _sum_of_greatest(samples: Iterable[Sample], metric: str) -> float:
    """Sum up a number that every instance tells in full, over its labels."""
    found: dict[str, float] = {}
    for sample in samples:
        if sample.name == metric:
            status = sample.labels.get("status", "")
            found[status] = max(sample.value, found.get(status, 0))
    return sum(found.values())
