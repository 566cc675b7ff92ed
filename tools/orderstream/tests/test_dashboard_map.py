"""The dashboard for Grafana: every metric of the map is on a panel, and none lies on another."""

import json
import re

import pytest
import yaml
from launcher.environment import PROJECT_ROOT
from orderstream.maps.dashboard import DASHBOARD, SOURCE, draw, query
from orderstream.maps.metrics import audited, vocabulary
from servicekit.metrics import Declared

DOCUMENT = json.loads(draw())
PANELS = [panel for panel in DOCUMENT["panels"] if panel["type"] != "row"]
KNOWN = {metric.name: metric.kind for metric in vocabulary()} | {
    name: kind for name, kind, _ in audited()
}
OF_PROMETHEUS = {"up", "ALERTS"}
NAME = re.compile(r"\b(?:orderstream_\w+|up\b|ALERTS\b)")
PROVISIONING = PROJECT_ROOT / "observability/grafana/provisioning"


def named(panel):
    """The metrics that a panel asks for."""
    found = [name for target in panel["targets"] for name in NAME.findall(target["expr"])]
    return {re.sub("_bucket$", "", name) for name in found}


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_a_panel_asks_for_a_metric_that_there_is_and_has_a_label_for_each_line(panel):
    assert len(named(panel) & (KNOWN.keys() | OF_PROMETHEUS)) == len(named(panel)) == 1
    [target] = panel["targets"]
    shown = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
    [by] = re.findall(r"by \(([^)]*)\)", target["expr"]) or ["alertname"]
    assert shown | {"le"} == set(by.split(", ")) | {"le"}
    assert panel["datasource"] == target["datasource"] == SOURCE
    assert panel["description"]


def test_every_metric_is_on_one_panel():
    shown = [name for panel in PANELS for name in named(panel)]
    assert sorted(shown) == sorted(KNOWN.keys() | OF_PROMETHEUS)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("counter", "sum by (service, topic) (rate(m[$__rate_interval]))"),
        ("gauge", "max by (service, topic) (m)"),
        (
            "histogram",
            "histogram_quantile(0.99, sum by (le, service, topic) (rate(m_bucket[$__rate_interval])))",
        ),
    ],
)
def test_a_metric_is_asked_for_as_its_kind_wants(kind, expected):
    assert query(Declared("m", kind, ("topic", "partition"), "", "workers")) == expected


def test_of_a_time_its_age_is_asked_for():
    told = Declared("m_timestamp_seconds", "gauge", (), "", "workers")
    assert query(told) == "time() - max by (service) (m_timestamp_seconds)"


def test_no_panel_lies_on_another_and_each_has_an_id_of_its_own():
    cells = [
        (panel["gridPos"]["x"] + across, panel["gridPos"]["y"] + down)
        for panel in DOCUMENT["panels"]
        for across in range(panel["gridPos"]["w"])
        for down in range(panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    ids = [panel["id"] for panel in DOCUMENT["panels"]]
    assert len(ids) == len(set(ids))


def test_grafana_is_led_to_the_dashboard_and_to_prometheus():
    composed = yaml.safe_load((PROJECT_ROOT / "docker-compose.yml").read_text())["services"]
    mounted = dict(volume.split(":")[:2] for volume in composed["grafana"]["volumes"])
    [source] = yaml.safe_load((PROVISIONING / "datasources/prometheus.yml").read_text())[
        "datasources"
    ]
    assert (source["type"], source["uid"]) == (SOURCE["type"], SOURCE["uid"])
    assert source["url"] == "http://prometheus:9090"
    [provider] = yaml.safe_load((PROVISIONING / "dashboards/orderstream.yml").read_text())[
        "providers"
    ]
    assert mounted[f"./{DASHBOARD.parent}"] == provider["options"]["path"]
    home = composed["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home == f"{provider['options']['path']}/{DASHBOARD.name}"
