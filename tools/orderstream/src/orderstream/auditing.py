"""How the running system is audited: where its books are, who is unwell, how a report looks, and as metrics."""

import asyncio
import re
import time
from collections.abc import Callable
from datetime import timedelta

from audit import CannotAuditError, Report, RuleResult, Target, read_and_judge
from audit.target import DEADLINE
from events.currencies import written
from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from stack import DATABASES, Layer, NotUpError, System
from stack.health import DEGRADED, READY, health
from stack.postgres import SUPERUSER


def target_of(system: System) -> Target:
    """Describe a system for the audit, which knows nothing of how systems are started."""
    settings = system.settings

    async def find_unwell() -> dict[str, str]:
        answers = await health(system)
        well = (READY, DEGRADED)
        return {name: answer for name, answer in answers.items() if not answer.startswith(well)}

    return Target(
        kafka=settings.kafka_bootstrap,
        databases={
            service: settings.database_url(database, SUPERUSER)
            for service, database in DATABASES.items()
        },
        psp=system.url("psp"),
        carrier=system.url("carrier"),
        mail_server=system.url("postbox"),
        groups={str(one.service) for one in system.processes if one.layer is Layer.WORKERS},
        deadline=deadline_of(system),
        find_unwell=find_unwell,
    )


def deadline_of(system: System) -> timedelta:
    """Tell how long an order may take in this system."""
    workers = (one.environment for one in system.processes if one.name == "order-worker")
    seconds = next(workers, {}).get("DEADLINE_S")
    return DEADLINE if seconds is None else timedelta(seconds=float(seconds))


SHOWN = 10
WIDEST = 100
"""Columns: a wide terminal or a pipe makes no line longer than one can read."""


def show_report(report: Report, console: Console) -> None:
    """Print what was checked, and the first breaches of each rule that is broken."""
    console.print(_table(report, min(WIDEST, console.width)))
    for result in report.results:
        _show_violations(result, console)
    for order_id, waits in list(report.in_flight.items())[:SHOWN]:
        console.print(f"in flight  {order_id}  {escape(waits)}", highlight=False, soft_wrap=True)
    _show_rest(len(report.in_flight), console)
    for name, wrong in report.absent.items():
        line = f"[red]does not run[/]  {escape(name)}  {escape(wrong)}"
        console.print(line, highlight=False, soft_wrap=True)
    colour = "green" if report.clean else "red"
    console.print(f"[bold {colour}]{report.summary}[/]", highlight=False)


def _table(report: Report, width: int) -> Table:
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), width=width)
    for column in ("rule", "verdict", "what must hold", "checked on"):
        shown.add_column(column, header_style="bold", no_wrap=column in ("rule", "verdict"))
    for result in report.results:
        found = len(result.violations)
        verdict = f"[red]{found} broken[/]" if found else "[green]holds[/]"
        counts = ", ".join(_counted(*one) for one in result.counts.items() if one[1])
        shown.add_row(result.rule.name, verdict, result.rule.statement, counts or "nothing")
    return shown


AMOUNT = re.compile("minor units of ([A-Z]{3}) (.+)")


def _counted(what: str, count: int) -> str:
    """Write what a rule was checked on, amounts as people do."""
    if amount := AMOUNT.fullmatch(what):
        return f"{written(count, amount[1])} {amount[2]}"
    return f"{count:,} {what}"


def _show_violations(result: RuleResult, console: Console) -> None:
    for one in result.violations[:SHOWN]:
        line = f"[red]{one.rule}[/]  {escape(one.subject)}  {escape(one.finding)}"
        console.print(line, highlight=False, soft_wrap=True)
    _show_rest(len(result.violations), console)


def _show_rest(count: int, console: Console) -> None:
    if count > SHOWN:
        console.print(f"… and {count - SHOWN} more")


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

    def audited(self, report: Report, seconds: float) -> None:
        """Tell what an audit found."""
        for result in report.results:
            self._violations.labels(result.rule.name).set(len(result.violations))
        self._orders.clear()  # a status that no order has any more is not kept at its last count
        for status, count in report.statuses.items():
            self._orders.labels(status).set(count)
        self._in_flight.set(len(report.in_flight))
        self._dead_letters.clear()
        for service, waiting in report.open_dead_letters.items():
            self._dead_letters.labels(service).set(waiting)
        self._at.set_to_current_time()
        self._took.set(seconds)

    def failed(self) -> None:
        """Tell that there was no verdict; what was found last stays, with its time."""
        self._failures.inc()

    def _gauge(self, name: str, told: str, *labels: str) -> Gauge:
        return Gauge(f"orderstream_{name}", told, labels, registry=self.registry)


async def keep_auditing(
    find_target: Callable[[], Target], every_s: float, at: tuple[str, int], console: Console
) -> None:
    """Audit at this interval until cancelled: print a line each time and serve the metrics.

    Raises:
        OSError: there can be no server at this address and port.
    """
    metrics, (host, port) = AuditMetrics(), at
    server, _ = start_http_server(port, addr=host, registry=metrics.registry)
    console.print(f"Metrics: http://{host}:{port}/metrics   (stop with Ctrl-C)")
    try:
        while True:
            await _audit_once(find_target, metrics, console)
            await asyncio.sleep(every_s)
    finally:
        server.shutdown()
        server.server_close()


async def _audit_once(
    find_target: Callable[[], Target], metrics: AuditMetrics, console: Console
) -> None:
    begun = time.monotonic()
    try:
        report = await read_and_judge(find_target())
    except (CannotAuditError, NotUpError) as error:
        metrics.failed()
        console.print(f"{time.strftime('%H:%M:%S')}  no verdict: {error}", soft_wrap=True)
        return
    took = time.monotonic() - begun
    metrics.audited(report, took)
    console.print(f"{time.strftime('%H:%M:%S')}  {report.summary}  ({took:.1f} s)")
    for violation in report.violations[:3]:
        console.print(f"          {violation}", style="red", soft_wrap=True)
