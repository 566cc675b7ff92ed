"""What the gateway counts and times, for Prometheus.

No label has a value that a client can choose: routes are templates, and whatever is not known by
name counts as `other`.
"""

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

PREFIX = "orderstream_gateway_"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
CLOSE_CODES = frozenset({1000, 1001, 1006, 1011, 1012, 1013, 4400, 4401, 4403, 4404, 4408})
REFUSALS = frozenset({401, 403, 404, 426, 429, 503})
"""How a WebSocket may end: by a close code, or refused by a status."""
OTHER = "other"
# When each series began, which nobody asks: it would be a second series beside every one.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library lacks its types
BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The metrics of one gateway; `in_flight` requests and `sockets_open` are counted by hand."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self.in_flight = 0
        self.sockets_open = 0
        self._answered: dict[tuple[str | None, str, int], tuple[Counter, Histogram]] = {}
        self._requests = self._counter(
            "requests", "Requests answered.", "route", "method", "status"
        )
        self._seconds = Histogram(
            f"{PREFIX}request_seconds",
            "Seconds from a request to the end of its answer.",
            ("route", "method"),
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self._refusals = self._counter("refusals", "Problems told, by their code.", "code")
        self._sockets = self._counter("websockets", "WebSockets ended.", "route", "code")
        self.watch("requests_in_flight", "Requests being answered.", lambda: self.in_flight)
        self.watch("websockets_open", "WebSockets that are open.", lambda: self.sockets_open)

    def answered(self, route: str | None, method: str, status: int, seconds: float) -> None:
        """Count a request."""
        known = self._answered.get((route, method, status))
        if known is None:
            known = self._labelled(route, method, status)
        counter, histogram = known
        counter.inc()
        histogram.observe(seconds)

    def refused(self, code: str) -> None:
        """Count a problem that a client was told."""
        self._refusals.labels(code).inc()

    def socket_closed(self, route: str | None, code: int) -> None:
        """Count the end of a WebSocket."""
        self._sockets.labels(
            route or OTHER, code if code in CLOSE_CODES | REFUSALS else OTHER
        ).inc()

    def watch(self, name: str, meaning: str, look: Callable[[], float]) -> None:
        """Show a number as it is whenever the metrics are read."""
        Gauge(f"{PREFIX}{name}", meaning, registry=self.registry).set_function(look)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"{PREFIX}{name}", meaning, labels, registry=self.registry)

    def _labelled(self, route: str | None, method: str, status: int) -> tuple[Counter, Histogram]:
        """The numbers of one kind of answer; looked up once, since looking up costs most."""
        named = method if method in METHODS else OTHER
        found = (
            self._requests.labels(route or OTHER, named, status),
            self._seconds.labels(route or OTHER, named),
        )
        if method in METHODS:
            self._answered[route, method, status] = found
        return found
