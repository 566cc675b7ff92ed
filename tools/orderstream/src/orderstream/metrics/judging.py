"""Judges what was read of all processes by the table of alerts, as Prometheus would."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from orderstream.metrics.alerts import ALERTS, Alert

Labels = tuple[tuple[str, str], ...]


class Sample(NamedTuple):
    """One number of one process."""

    name: str
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert whose condition is met; it fires once that has lasted for as long as it must."""

    alert: Alert
    labels: dict[str, str]
    value: float
    for_s: float

    @property
    def fires(self) -> bool:
        """Whether somebody would be told by now."""
        return self.for_s >= self.alert.for_s

    @property
    def summary(self) -> str:
        """What is wrong, in a sentence."""
        return self.alert.summary(self.labels, self.value)


@dataclass(slots=True)
class _Growth:
    """What a counter was, at each look of the last minutes."""

    looks: deque[tuple[float, float]] = field(default_factory=deque)

    def note(self, at: float, value: float, within_s: float) -> float:
        """Note a value; gives by how much the counter has grown within so many seconds."""
        if self.looks and value < self.looks[-1][1]:
            self.looks.clear()  # the process was started again
        self.looks.append((at, value))
        while self.looks[0][0] < at - within_s:
            self.looks.popleft()
        return value - self.looks[0][1]


class Judge:
    """Judges one look after the other; remembers since when a condition is met."""

    def __init__(self, alerts: Sequence[Alert] = ALERTS) -> None:
        self._alerts = alerts
        self._since: dict[tuple[str, Labels], float] = {}
        self._grown: dict[tuple[str, Labels], _Growth] = defaultdict(_Growth)

    def judge(self, samples: Iterable[Sample], at: float) -> list[Raised]:
        """Give the alerts whose conditions are met at this time, in seconds of any clock."""
        by_name = defaultdict(list)
        for sample in samples:
            by_name[sample.name].append(sample)
        met = [
            (alert, labels, value)
            for alert in self._alerts
            for labels, value in self._joined(alert, by_name[alert.metric], at)
            if alert.holds(value)
        ]
        since = {(alert.name, labels): at for alert, labels, _ in met}
        self._since = since | {key: then for key, then in self._since.items() if key in since}
        return [
            Raised(alert, dict(labels), value, at - self._since[alert.name, labels])
            for alert, labels, value in met
        ]

    def _joined(
        self, alert: Alert, samples: Iterable[Sample], at: float
    ) -> Iterator[tuple[Labels, float]]:
        """Join the values that have the same labels, of those that the alert tells apart."""
        values = defaultdict(list)
        for sample in samples:
            value = sample.value
            if alert.within_s is not None:
                series = (sample.name, tuple(sorted(sample.labels.items())))
                value = self._grown[series].note(at, value, alert.within_s)
            values[tuple((name, sample.labels.get(name, "")) for name in alert.by)].append(value)
        join = sum if alert.join == "sum" else max
        for labels, found in values.items():
            yield labels, join(found)
