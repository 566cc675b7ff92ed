"""The dashboard for Grafana: a panel for each metric of the map, in rows by who tells it."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

from servicekit.metrics import Declared

from orderstream.maps.metrics import audited, vocabulary

DASHBOARD = Path("observability/grafana/dashboards/orderstream.json")
SOURCE = {"type": "prometheus", "uid": "prometheus"}
COLUMNS, WIDTH, HEIGHT = 3, 8, 8
"""Grafana's grid is 24 units wide."""
SECONDS, PER_SECOND, NUMBER = "s", "cps", "short"
EACH = ("rule", "status")
"""What an audit's numbers are told apart by; a number that has no such label shows one line."""
Panel = dict[str, Any]


def files(root: Path) -> dict[Path, str]:
    """Return the dashboard of this checkout; none where there is no folder for it."""
    path = root / DASHBOARD
    return {path: draw()} if path.parent.is_dir() else {}


def draw() -> str:
    """Return the dashboard as Grafana reads it from a file."""
    document = {
        "uid": "orderstream",
        "title": "orderstream",
        "description": "Drawn from the code by `orderstream maps`: docs/maps/metrics.md.",
        "tags": ["orderstream"],
        "editable": False,
        "graphTooltip": 1,
        "refresh": "5s",
        "time": {"from": "now-15m", "to": "now"},
        "timezone": "browser",
        "schemaVersion": 39,
        "panels": list(_laid_out(_rows())),
    }
    return json.dumps(document, indent=1) + "\n"


def query(metric: Declared) -> str:
    """Return what is asked of Prometheus: rates of counters, the slowest hundredth of histograms.

    Partitions are joined, as services are judged by the worst of theirs; of a time, its age.
    """
    by = ["service", *(label for label in metric.labels if label != "partition")]
    if metric.kind == "counter":
        return f"sum by ({', '.join(by)}) (rate({metric.name}[$__rate_interval]))"
    if metric.kind == "histogram":
        rate = f"rate({metric.name}_bucket[$__rate_interval])"
        return f"histogram_quantile(0.99, sum by ({', '.join(['le', *by])}) ({rate}))"
    age = "time() - " if metric.name.endswith("_timestamp_seconds") else ""
    return f"{age}max by ({', '.join(by)}) ({metric.name})"


def _rows() -> Mapping[str, list[Panel]]:
    """Return the panels, by the title of the row in which they are."""
    rows: dict[str, list[Panel]] = defaultdict(list)
    rows["at a glance"] = [
        _panel("up", "Who answers.", "min by (service) (up)", ("service",), NUMBER),
        _panel("ALERTS", "What fires.", 'ALERTS{alertstate="firing"}', ("alertname",), NUMBER),
    ]
    told = vocabulary()
    for metric in told:
        rows[metric.told_by].append(_of(metric))
    names = {metric.name for metric in told}
    rows["the audit"] = [
        _of(Declared(name, kind, EACH, meaning, "the audit"))
        for name, kind, meaning in audited()
        if name not in names
    ]
    return rows


def _of(metric: Declared) -> Panel:
    labels = ("service", *(label for label in metric.labels if label != "partition"))
    return _panel(metric.name, metric.meaning, query(metric), labels, _unit(metric))


def _unit(metric: Declared) -> str:
    if metric.name.endswith("_seconds"):
        return SECONDS
    return PER_SECOND if metric.kind == "counter" else NUMBER


def _panel(name: str, told: str, expression: str, labels: Iterable[str], unit: str) -> Panel:
    legend = " ".join(f"{{{{{label}}}}}" for label in labels)
    return {
        "type": "timeseries",
        "title": name.removeprefix("orderstream_"),
        "description": told,
        "datasource": SOURCE,
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "options": {"tooltip": {"mode": "multi", "sort": "desc"}},
        "targets": [
            {"refId": "A", "datasource": SOURCE, "expr": expression, "legendFormat": legend}
        ],
    }


def _laid_out(rows: Mapping[str, list[Panel]]) -> Iterator[Panel]:
    """Give every row and its panels an id and a place, one under the other."""
    ids: Callable[[], int] = count(1).__next__
    top = 0
    for title, panels in rows.items():
        place = {"x": 0, "y": top, "w": COLUMNS * WIDTH, "h": 1}
        yield {"id": ids(), "type": "row", "title": title, "gridPos": place, "panels": []}
        for number, panel in enumerate(panels):
            down, across = divmod(number, COLUMNS)
            y = top + 1 + down * HEIGHT
            place = {"x": across * WIDTH, "y": y, "w": WIDTH, "h": HEIGHT}
            yield {"id": ids(), **panel, "gridPos": place}
        top += 1 + -(-len(panels) // COLUMNS) * HEIGHT
