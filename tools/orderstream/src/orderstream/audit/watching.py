"""The audit as a metric: again and again while orders flow, for Prometheus to read."""

import asyncio
import time
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server
from rich.console import Console

from orderstream.audit.auditing import read_and_judge
from orderstream.audit.books import Books
from orderstream.audit.failure import CannotAuditError
from orderstream.audit.report import Report
from orderstream.platform import NotUpError, System


class AuditMetrics:
    """What the last audit found, under names that begin with `orderstream_`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._violations = self._gauge(
            "audit_violations", "Breaches of a rule, as of the last audit.", "rule"
        )
        self._orders = self._gauge("orders", "Orders by where they stand.", "status")
        self._in_flight = self._gauge(
            "orders_in_flight", "Orders that may still change, so that they are not judged yet."
        )
        self._dead_letters = self._gauge(
            "dead_letters_open", "Dead letters that wait for an operator.", "service"
        )
        self._at = self._gauge("audit_timestamp_seconds", "When the last audit was done.")
        self._took = self._gauge("audit_duration_seconds", "How long the last audit took.")
        self._failures = Counter(
            "orderstream_audit_failures",
            "Audits without a verdict, because a book could not be read.",
            registry=self.registry,
        )

    def audited(self, books: Books, report: Report, seconds: float) -> None:
        """Tell what an audit found."""
        for result in report.results:
            self._violations.labels(result.rule.name).set(len(result.violations))
        self._orders.clear()  # a status that no order has any more is not kept at its last count
        for status, count in books.statuses.items():
            self._orders.labels(status).set(count)
        self._in_flight.set(len(report.in_flight))
        self._dead_letters.clear()
        for service in books.inboxes:
            waiting = [one for one in books.dead_letters if one.is_open and one.service == service]
            self._dead_letters.labels(service).set(len(waiting))
        self._at.set_to_current_time()
        self._took.set(seconds)

    def failed(self) -> None:
        """Tell that there was no verdict; what was found last stays, with its time."""
        self._failures.inc()

    def _gauge(self, name: str, told: str, *labels: str) -> Gauge:
        return Gauge(f"orderstream_{name}", told, labels, registry=self.registry)


async def keep_auditing(
    find_system: Callable[[], System], every_s: float, port: int, console: Console
) -> None:
    """Audit at this interval until cancelled: print a line each time and serve the metrics.

    Raises:
        OSError: the port is taken.
    """
    metrics = AuditMetrics()
    server, _ = start_http_server(port, addr="127.0.0.1", registry=metrics.registry)
    console.print(f"Metrics: http://127.0.0.1:{port}/metrics   (stop with Ctrl-C)")
    try:
        while True:
            await _audit_once(find_system, metrics, console)
            await asyncio.sleep(every_s)
    finally:
        server.shutdown()
        server.server_close()


async def _audit_once(
    find_system: Callable[[], System], metrics: AuditMetrics, console: Console
) -> None:
    begun = time.monotonic()
    try:
        books, report = await read_and_judge(find_system())
    except (CannotAuditError, NotUpError) as error:
        metrics.failed()
        console.print(f"{time.strftime('%H:%M:%S')}  no verdict: {error}", soft_wrap=True)
        return
    took = time.monotonic() - begun
    metrics.audited(books, report, took)
    console.print(f"{time.strftime('%H:%M:%S')}  {report.summary}  ({took:.1f} s)")
    for violation in report.violations[:3]:
        console.print(f"          {violation}", style="red", soft_wrap=True)
