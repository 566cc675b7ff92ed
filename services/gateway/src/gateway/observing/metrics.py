"""What the gateway counts and times, for Prometheus.

No label has a value that a client can choose: routes are templates, and whatever is not known by
name counts as `other`.
"""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from servicekit import metrics as of_process
from servicekit.server_spans import METHODS

PREFIX = f"{of_process.PREFIX}gateway_"
CLOSE_CODES = frozenset({1000, 1001, 1006, 1011, 1012, 1013, 4400, 4401, 4403, 4404, 4408})
REFUSALS = frozenset({401, 403, 404, 426, 429, 503})
"""How a WebSocket may end: by a close code, or refused by a status."""
OTHER = "other"


class Metrics:
    """The metrics of one gateway beside those of its process; `in_flight` requests and `sockets_open` are counted by hand."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(of_process.registry)
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
            buckets=of_process.SECONDS,
            registry=self.registry,
        )
        self._refusals = self._counter("refusals", "Problems told, by their code.", "code")
        self._sockets = self._counter("websockets", "WebSockets ended.", "route", "code")
        self._streams = self._counter("event_streams", "Event streams ended.", "route", "code")
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
        """Count a problem that a client got."""
        self._refusals.labels(code).inc()

    def socket_closed(self, route: str | None, code: int) -> None:
        """Count the end of a WebSocket."""
        self._sockets.labels(
            route or OTHER, code if code in CLOSE_CODES | REFUSALS else OTHER
        ).inc()

    def stream_ended(self, route: str | None, code: int) -> None:
        """Count the end of a stream of server-sent events, by the close code that a WebSocket has for it."""
        self._streams.labels(route or OTHER, code if code in CLOSE_CODES else OTHER).inc()

    def watch(self, name: str, meaning: str, look: Callable[[], float]) -> None:
        """Show a number as it is whenever the metrics are read."""
        Gauge(f"{PREFIX}{name}", meaning, registry=self.registry).set_function(look)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"{PREFIX}{name}", meaning, labels, registry=self.registry)

    def _labelled(self, route: str | None, method: str, status: int) -> tuple[Counter, Histogram]:
        """Return the numbers of one kind of answer; looked up once, since looking up costs most."""
        named = method if method in METHODS else OTHER
        found = (
            self._requests.labels(route or OTHER, named, status),
            self._seconds.labels(route or OTHER, named),
        )
        if method in METHODS:
            self._answered[route, method, status] = found
        return found
