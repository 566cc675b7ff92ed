"""The page on metrics has every metric of the gateway, with its labels, and no other."""

import re
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import MagicMock

from gateway.observing.metrics import PREFIX, Metrics
from gateway.state.gauges import watch_gateway

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
ROW = re.compile(rf"^\| `({PREFIX}\w+)` \| ([\w, ]*) ?\|", re.MULTILINE)
AN_INSTANCE = {"address": "http://a", "out": None, "pending": 0, "answered": 0, "failed": 0}
SNAPSHOT = {"instances": [AN_INSTANCE], "retries": 0, "retries_refused": 0}


def shown() -> dict[str, set[str]]:
    """Every metric of a gateway that has answered and refused something, with its labels."""
    metrics = Metrics()
    metrics.answered("/", "GET", 200, 0)
    metrics.refused("rate_limited")
    metrics.socket_closed("/", 1000)
    metrics.stream_ended("/", 1000)
    gateway = MagicMock()
    for upstream in (gateway.orders.upstream, gateway.products):
        upstream.snapshot = lambda: SNAPSHOT
    gateway.load.backlog = SimpleNamespace(rows=0, oldest_s=0)
    gateway.signing_keys.age_s = float
    watch_gateway(metrics, gateway)
    return {
        family.name + ("_total" if family.type == "counter" else ""): {
            label for sample in family.samples for label in sample.labels
        }
        - {"le"}
        for family in metrics.registry.collect()
        if family.name.startswith(PREFIX)
    }


def test_the_page_has_every_metric_with_its_labels():
    rows = ROW.findall(PAGE.read_text())
    documented = {name: set(filter(None, labels.strip().split(", "))) for name, labels in rows}
    assert documented == shown()
