"""The alerts: rules for Prometheus and judgement in Python are one table; each has a runbook and a test."""

import io
import json
import math
import re
from collections import defaultdict

import httpx
import pytest
import yaml
from launcher.environment import PROJECT_ROOT
from orderstream.maps.metrics import audited, vocabulary
from orderstream.metrics.alerts import ALERTS, RUNBOOK, rules
from orderstream.metrics.judging import Judge, Sample
from orderstream.metrics.numbers import Numbers, quantile
from orderstream.metrics.reading import read_all, read_with_audit
from orderstream.metrics.showing import show, sparkline
from rich.console import Console
from stack import Process, Settings, System
from stack.process import Layer

CASES = yaml.safe_load((PROJECT_ROOT / "observability/alerts_test.yml").read_text())["tests"]
SERIES = re.compile(r"(\w+)\{(.*)\}")
LABEL = re.compile(r'(\w+)="([^"]*)"')
STEP = re.compile(r"(-?\d+)(?:x(\d+))?")
INTERVAL_S = 5
CLOSED = {"topic", "part", "partition", "kind", "outcome", "state", "status"}
"""Labels with values that we choose; an order, a customer or a product is none."""


def case_name(case):
    return case["alert_rule_test"][0]["alertname"]


def values_of(text):
    """The values of a series as promtool writes them: `1x3` is 1 and three times 1 more."""
    return [float(value) for value, more in STEP.findall(text) for _ in range(int(more or 0) + 1)]


def looks_of(case):
    """What a look finds at each interval."""
    looks = defaultdict(list)
    for series in case["input_series"]:
        name, labels = SERIES.fullmatch(series["series"]).groups()
        for number, value in enumerate(values_of(series["values"])):
            looks[number].append(Sample(name, dict(LABEL.findall(labels)), value))
    return [looks[number] for number in sorted(looks)]


@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_judged_here_an_alert_fires_as_the_rules_for_prometheus_do(case):
    judge, fired = Judge(), []
    for number, samples in enumerate(looks_of(case)):
        fired.append([one for one in judge.judge(samples, number * INTERVAL_S) if one.fires])
    for expected in case["alert_rule_test"]:
        found = fired[int(expected["eval_time"].removesuffix("s")) // INTERVAL_S]
        assert [
            ({"severity": str(one.alert.severity), **one.labels}, one.summary, one.alert.runbook)
            for one in found
        ] == [
            (
                one["exp_labels"],
                one["exp_annotations"]["summary"],
                one["exp_annotations"]["runbook"],
            )
            for one in expected["exp_alerts"]
        ]


def test_every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not():
    tried = defaultdict(set)
    for case in CASES:
        for one in case["alert_rule_test"]:
            tried[one["alertname"]].add(bool(one["exp_alerts"]))
    assert tried == {alert.name: {False, True} for alert in ALERTS}


def test_every_alert_is_about_a_metric_that_there_is():
    known = {metric.name for metric in vocabulary()} | {name for name, *_ in audited()} | {"up"}
    assert {alert.metric for alert in ALERTS} <= known


def test_every_alert_has_a_section_that_says_what_to_do_with_commands():
    sections = re.split(r"^## ", (PROJECT_ROOT / RUNBOOK).read_text(), flags=re.MULTILINE)[1:]
    commands = {
        section.splitlines()[0].lower().replace(" ", "-"): section.count("\norderstream ")
        for section in sections
    }
    assert list(commands) == [alert.runbook.partition("#")[2] for alert in ALERTS]
    assert all(commands.values())


def test_the_rules_are_yaml_with_all_that_prometheus_needs():
    [group] = yaml.safe_load(rules())["groups"]
    assert [rule["alert"] for rule in group["rules"]] == [alert.name for alert in ALERTS]
    assert all({"expr", "labels", "annotations"} <= rule.keys() for rule in group["rules"])


def test_no_label_is_an_order_a_customer_or_a_product():
    assert {label for metric in vocabulary() for label in metric.labels} <= CLOSED


def test_every_metric_has_its_unit_in_its_name_and_only_counters_are_totals():
    for metric in vocabulary():
        assert metric.name.endswith("_total") == (metric.kind == "counter")
        assert not re.search("_(ms|millis|minutes|kb|mb)(_|$)", metric.name)
        if metric.kind == "histogram":
            assert metric.name.endswith(("_seconds", "_records"))


@pytest.mark.parametrize(
    ("part", "expected"), [(0.5, 1.0), (0.99, 1.98), (0.0, 0.0)], ids=["median", "p99", "least"]
)
def test_a_quantile_is_estimated_within_its_bucket(part, expected):
    assert quantile({1.0: 50, 2.0: 100, math.inf: 100}, part) == pytest.approx(expected)


def test_a_quantile_beyond_the_last_limit_is_that_limit_and_of_nothing_there_is_none():
    assert quantile({1.0: 1, math.inf: 100}, 0.99) == 1.0
    assert quantile({1.0: 0, math.inf: 0}, 0.5) is None


def counted(handled, ended, **more):
    labels = {"service": "order-worker", "instance": "order-worker"}
    topic = {"topic": "order-placed", "outcome": "handled"}
    buckets = {"outcome": "completed"}
    return [
        Sample("up", labels, 1),
        Sample("orderstream_events_handled_total", labels | topic, handled),
        Sample("orderstream_order_seconds_bucket", labels | buckets | {"le": "1.0"}, ended),
        Sample("orderstream_order_seconds_bucket", labels | buckets | {"le": "+Inf"}, ended),
        *(Sample(f"orderstream_{name}", labels, value) for name, value in more.items()),
    ]


def test_rates_are_those_since_the_last_look_and_orders_those_of_the_last_minute():
    numbers = Numbers()
    first = numbers.note(counted(100, 7), [], 10.0)
    assert (first.services[0].per_s, first.ended, first.ended_within_s) == (None, 7, None)
    second = numbers.note(counted(130, 11, dead_letters_open=2), [], 12.0)
    assert (second.services[0].per_s, second.services[0].dead_letters) == (15.0, 2)
    assert (second.ended, second.ended_within_s) == (4, 2.0)
    assert second.p50_s == pytest.approx(0.5)


def test_a_process_that_was_started_again_has_no_negative_rate():
    numbers = Numbers()
    numbers.note(counted(100, 7), [], 10.0)
    assert numbers.note(counted(3, 0), [], 12.0).services[0].per_s == 0


def test_the_picture_names_what_fires_and_what_would():
    samples = counted(1, 1, dead_letters_open=2, orders_overdue=1)
    numbers, raised = Numbers(), Judge().judge(samples, 0.0)
    picture = numbers.note(samples, raised, 0.0)
    to = Console(width=250, record=True, file=io.StringIO())
    to.print(show(picture))
    told = to.export_text()
    assert "2 dead letters of order-worker wait for an operator." in told
    assert "(fires once it lasts 60 s)" in told
    assert "handle" not in told
    assert [one["fires"] for one in json.loads(json.dumps(picture.as_json()))["alerts"]] == [
        True,
        False,
    ]


def test_a_sparkline_is_drawn_against_the_greatest_value():
    assert sparkline([0, 7, 14]) == "▁▅█"
    assert sparkline([0, 0]) == "▁▁"
    assert sparkline([]) == ""


async def test_who_does_not_answer_is_down_and_who_has_no_metrics_too():
    def answer(request):
        if request.url.port == 2:
            raise httpx.ConnectError("refused")
        return httpx.Response(404 if request.url.port == 3 else 200, text="a_total 1.0\n")

    def process(name, port, instance=1):
        return Process(
            name=name, layer=Layer.WORKERS, argv=(), ports={port: "x"}, instance=instance
        )

    there = [process("order-worker-2", 1, 2), process("psp", 2), process("postbox", 3)]
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        found = await read_all(http, there)
    labels = {"service": "order-worker", "instance": "order-worker-2"}
    assert found[:2] == [Sample("up", labels, 1), Sample("a_total", labels, 1)]
    assert [(one.labels["service"], one.value) for one in found[2:]] == [("psp", 0), ("postbox", 0)]


@pytest.mark.parametrize("answers", [True, False])
async def test_an_audit_that_runs_beside_the_system_is_read_as_well(answers):
    def answer(request):
        if not answers:
            raise httpx.ConnectError("refused")
        assert request.url.port == 28300
        return httpx.Response(200, text='violations{rule="x"} 1.0\n')

    system = System(Settings(port_prefix=28), ())
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        found = await read_with_audit(http, system)
    labels = {"service": "audit", "instance": "audit", "rule": "x"}
    assert found == ([Sample("violations", labels, 1)] if answers else [])
