"""The map of metrics, which is what the code declares, and the rules of the alerts."""

import re
from importlib import import_module
from pathlib import Path

from servicekit.metrics import Declared, declared

from orderstream.auditing import AuditMetrics
from orderstream.maps.markdown import page, table
from orderstream.metrics import alerts

DECLARED_IN = ("messaging.metrics", "notifier.metrics", "order.metrics", "servicekit.database")
RULES = Path("observability/alerts.yml")
COLUMNS = ("metric", "type", "unit", "labels", "meaning", "told by")
UNITS = ("seconds", "records", "rows")
ABOUT = """Every process has `/metrics` beside `/healthz` and `/readyz`, in the format of Prometheus: no token, so do not expose it.
Names, units and labels are the same everywhere. Labels have values from closed sets: topics, commands, outcomes; never an order, a
customer or a product. The gateway has [metrics of its own](../metrics.md) besides; Python's come with all of them: `process_*`, `python_*`.

A number that several instances of a service tell in full, such as open orders, is the greatest of them; what each counts for itself is
their sum. `orderstream metrics` shows the vital ones.

The simulators are not ours: they tell `simulator_requests_total` (route, status) and `simulator_request_seconds` (route)."""
AUDIT = """`orderstream audit --every 30` tells what it finds; in containers the profile `observability` runs it."""
ALERTS = """Prometheus finds them in [alerts.yml](../../observability/alerts.yml); `orderstream metrics` judges by the same table.
[What to do](../how-to/act-on-an-alert.md) has a section for each, and [a fault fires each](../faults.md#alerts)."""


def vocabulary() -> tuple[Declared, ...]:
    """Return every metric that the code of all processes declares, by name, but for the gateway's own."""
    for module in DECLARED_IN:
        import_module(module)
    return tuple(declared[name] for name in sorted(declared))


def audited() -> tuple[tuple[str, str, str], ...]:
    """Return the name, the type and the meaning of what the audit tells."""
    return tuple(
        (_full_name(family.name, family.type), family.type, family.documentation)
        for family in AuditMetrics().registry.collect()
    )


def draw() -> str:
    """Return the page."""
    return page(
        "Metrics",
        ABOUT,
        table(COLUMNS, (_row(metric) for metric in vocabulary())),
        "## The audit",
        AUDIT,
        table(("metric", "type", "meaning"), ((f"`{name}`", *rest) for name, *rest in audited())),
        "## Alerts",
        ALERTS,
        table(("alert", "condition", "for", "severity"), (_alert(one) for one in alerts.ALERTS)),
    )


def rules(root: Path) -> dict[Path, str]:
    """Return the file of rules of this checkout; none where there is no folder for it."""
    path = root / RULES
    return {path: alerts.rules()} if path.parent.is_dir() else {}


def _row(metric: Declared) -> tuple[str, ...]:
    return (
        f"`{metric.name}`",
        metric.kind,
        _unit(metric.name),
        ", ".join(metric.labels),
        metric.meaning.rstrip("."),
        metric.told_by,
    )


def _unit(name: str) -> str:
    """Read the unit from the name, as Prometheus wants it there."""
    word = re.sub("_total$", "", name).rpartition("_")[2]
    return word if word in UNITS else "number"


def _alert(alert: alerts.Alert) -> tuple[str, ...]:
    section = alert.runbook.partition("#")[2]
    return (
        f"[{alert.name}](../how-to/act-on-an-alert.md#{section})",
        f"`{alert.expression}`",
        f"{alert.for_s} s" if alert.for_s else "",
        alert.severity,
    )


def _full_name(name: str, kind: str) -> str:
    return f"{name}_total" if kind == "counter" else name
