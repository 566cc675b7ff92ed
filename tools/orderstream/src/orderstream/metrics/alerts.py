"""The alerts: one table, of which Prometheus' rules are written and by which `orderstream metrics` judges.

What to do about each is a section of the how-to, named like the alert.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

RUNBOOK = "docs/how-to/act-on-an-alert.md"
NOTICE = "# Drawn from the code by `orderstream maps`. Do not edit: `make check` compares."
PREFIX = "orderstream_"


class Severity(StrEnum):
    """How soon somebody should look: `page` now, `ticket` today."""

    PAGE = "page"
    TICKET = "ticket"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A condition on one metric that somebody should act on once it has lasted for `for_s` seconds.

    Values are joined by the labels in `by`, as their sum or the greatest of them; what a counter
    has grown by `within_s` seconds takes the place of its value. `says` names labels and `value`.
    """

    name: str
    metric: str
    by: tuple[str, ...]
    says: str
    for_s: int
    severity: Severity = Severity.TICKET
    join: str = "max"
    is_below: bool = False
    limit: float = 0
    within_s: int | None = None

    def holds(self, value: float) -> bool:
        """Return whether the condition is met by a value."""
        return value < self.limit if self.is_below else value > self.limit

    def summary(self, labels: dict[str, str], value: float) -> str:
        """Say what is wrong."""
        return self.says.format(**labels, value=f"{value:.0f}")

    @property
    def runbook(self) -> str:
        """Where it says what to do."""
        heading = re.sub(r"(?<!^)(?=[A-Z])", "-", self.name).lower()
        return f"{RUNBOOK}#{heading}"

    @property
    def expression(self) -> str:
        """The condition in the language of Prometheus."""
        grown = f"increase({self.metric}[{self.within_s}s])" if self.within_s else self.metric
        sign = "<" if self.is_below else ">"
        return f"{self.join} by ({', '.join(self.by)}) ({grown}) {sign} {self.limit:g}"


ALERTS = (
    Alert(
        name="ProcessDown",
        metric="up",
        by=("service", "instance"),
        join="max",
        is_below=True,
        limit=1,
        for_s=15,
        severity=Severity.PAGE,
        says="{instance} does not answer.",
    ),
    Alert(
        name="NoConsumers",
        metric=f"{PREFIX}consumer_partitions",
        by=("service",),
        join="sum",
        is_below=True,
        limit=1,
        for_s=30,
        severity=Severity.PAGE,
        says="No instance of {service} has a partition: nothing is handled.",
    ),
    Alert(
        name="LagGrows",
        metric=f"{PREFIX}consumer_lag_seconds",
        by=("service", "topic"),
        limit=30,
        for_s=30,
        says="{service} is {value} s behind on {topic}.",
    ),
    Alert(
        name="OutboxOld",
        metric=f"{PREFIX}outbox_oldest_seconds",
        by=("service",),
        limit=15,
        for_s=15,
        severity=Severity.PAGE,
        says="An event of {service} has waited {value} s for the broker.",
    ),
    Alert(
        name="DatabaseUnavailable",
        metric=f"{PREFIX}database_unavailable",
        by=("service",),
        for_s=15,
        severity=Severity.PAGE,
        says="{service} waits for its database.",
    ),
    Alert(
        name="BreakerOpen",
        metric=f"{PREFIX}breaker_open",
        by=("service", "instance"),
        for_s=0,
        severity=Severity.PAGE,
        says="{instance} is paused: the last events could not be handled, one after the other.",
    ),
    Alert(
        name="CommandsPending",
        metric=f"{PREFIX}commands_oldest_seconds",
        by=("service", "kind"),
        limit=30,
        for_s=15,
        says="{kind} of {service} has had no answer for {value} s.",
    ),
    Alert(
        name="DeadLettersOpen",
        metric=f"{PREFIX}dead_letters_open",
        by=("service",),
        for_s=0,
        says="{value} dead letters of {service} wait for an operator.",
    ),
    Alert(
        name="OrdersOverdue",
        metric=f"{PREFIX}orders_overdue",
        by=("service",),
        for_s=60,
        says="{value} orders are past their deadline and have not ended.",
    ),
    Alert(
        name="SpansDropped",
        metric=f"{PREFIX}spans_dropped_total",
        by=("service",),
        join="sum",
        within_s=300,
        for_s=0,
        says="{service} could not export {value} spans: their traces have gaps.",
    ),
    Alert(
        name="AuditViolation",
        metric=f"{PREFIX}audit_violations",
        by=("rule",),
        for_s=0,
        severity=Severity.PAGE,
        says="The audit has found {value} breaches of the rule {rule}.",
    ),
)


def rules() -> str:
    """Write the alerts as a file of rules for Prometheus."""
    lines = [NOTICE, "groups:", "  - name: orderstream", "    rules:"]
    for alert in ALERTS:
        lines += (f"      {line}" for line in _rule(alert))
    return "\n".join(lines) + "\n"


def _rule(alert: Alert) -> Iterator[str]:
    yield f"- alert: {alert.name}"
    yield f"  expr: {alert.expression}"
    if alert.for_s:
        yield f"  for: {alert.for_s}s"
    yield f"  labels: {{severity: {alert.severity}}}"
    yield "  annotations:"
    yield f"    summary: {json.dumps(_template(alert.says))}"
    yield f"    runbook: {alert.runbook}"


def _template(says: str) -> str:
    """Write placeholders as Prometheus fills them in."""
    values = says.replace("{value}", "{{ $value | printf `%.0f` }}")
    return re.sub(r"(?<!\{)\{(\w+)\}", r"{{ $labels.\1 }}", values)
