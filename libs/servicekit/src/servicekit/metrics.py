"""What a process counts and times, for Prometheus: one registry for the process, one vocabulary for all.

A metric is declared once, in a module: its name, what it means, its labels. Labels have values from
closed sets only, such as topics and outcomes; never an order, a customer or a product.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from tracing import recorder

PREFIX = "orderstream_"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Upper limits of the buckets of what is done in milliseconds."""

# When each series began is of no use here, and would be a second series beside every one.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library lacks its types

registry = CollectorRegistry()
"""The metrics of this process."""
for _collector in (ProcessCollector, PlatformCollector, GCCollector):
    _collector(registry=registry)

Family = GaugeMetricFamily | CounterMetricFamily
Values = Mapping[tuple[str, ...], float]
"""Numbers by the values of their labels; without labels the key is empty."""


def only(value: float) -> Values:
    """Give the one value of a gauge without labels."""
    return {(): value}


@dataclass(frozen=True, slots=True)
class Declared:
    """A metric as the generated page tells it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str
    told_by: str


declared: dict[str, Declared] = {}
"""Every metric that this process has loaded the declaration of, by name."""


class Watched(Collector):
    """A number that is read when the metrics are; there is none until `show` has said where to look."""

    def __init__(
        self, family: type[Family], name: str, meaning: str, labels: tuple[str, ...]
    ) -> None:
        self._family = family
        self._told = (PREFIX + name, meaning)
        self._labels = labels
        self._look: Callable[[], Values] = dict

    def show(self, look: Callable[[], Values]) -> None:
        """Read the numbers so from now on; what is not among them is not shown."""
        self._look = look

    def describe(self) -> Iterator[Family]:
        """Give the name, without looking."""
        yield self._family(*self._told, labels=self._labels)

    def collect(self) -> Iterator[Family]:
        """Look."""
        (family,) = self.describe()
        for labels, value in self._look().items():
            family.add_metric(labels, value)
        yield family


class Vocabulary:
    """The metrics of one kind of process, which is named by `told_by` on the generated page."""

    def __init__(self, told_by: str) -> None:
        self._told_by = told_by

    def counter(self, name: str, meaning: str, *labels: str) -> Counter:
        """Declare what only grows; `_total` is added to its name."""
        self._declare(f"{name}_total", "counter", labels, meaning)
        return Counter(PREFIX + name, meaning, labels, registry=registry)

    def histogram(
        self, name: str, meaning: str, *labels: str, buckets: tuple[float, ...] = SECONDS
    ) -> Histogram:
        """Declare something whose sizes are counted by buckets, by default seconds."""
        self._declare(name, "histogram", labels, meaning)
        return Histogram(PREFIX + name, meaning, labels, buckets=buckets, registry=registry)

    def gauge(self, name: str, meaning: str, *labels: str) -> Watched:
        """Declare a number that rises and falls, and is read when the metrics are."""
        self._declare(name, "gauge", labels, meaning)
        return _registered(Watched(GaugeMetricFamily, name, meaning, labels))

    def watched_counter(self, name: str, meaning: str, *labels: str) -> Watched:
        """Declare what only grows and is counted elsewhere already; `_total` is added to its name."""
        self._declare(f"{name}_total", "counter", labels, meaning)
        return _registered(Watched(CounterMetricFamily, name, meaning, labels))

    def _declare(self, name: str, kind: str, labels: tuple[str, ...], meaning: str) -> None:
        name = PREFIX + name
        declared[name] = Declared(name, kind, labels, meaning, self._told_by)


def _registered(watched: Watched) -> Watched:
    registry.register(watched)
    return watched


async def read_metrics(request: Request) -> Response:
    """Answer `/metrics` in the format of Prometheus, or in that of OpenMetrics where it is wanted."""
    encode, media_type = choose_encoder(request.headers.get("accept", ""))
    headers = {"Content-Type": media_type, "Cache-Control": "no-store"}
    return Response(encode(registry), headers=headers)


of_every_process = Vocabulary("every process")
SPANS_DROPPED = of_every_process.watched_counter(
    "spans_dropped", "Spans that could not be exported; what they tell of is not delayed by it."
)
SPANS_DROPPED.show(lambda: only(recorder.dropped))
