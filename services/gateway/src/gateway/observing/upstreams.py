"""How the instances of the services behind the gateway are doing, as metrics."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.observing.metrics import PREFIX

Look = Callable[[], Mapping[str, Any]]
"""Gives what `Upstream.snapshot` does."""


class Upstreams(Collector):
    """Reads what is known of each upstream whenever the metrics are read."""

    def __init__(self, looks: Mapping[str, Look]) -> None:
        self._looks = looks

    def collect(self) -> Iterator[Metric]:
        """The metrics of every instance, and of the retries over all instances of an upstream."""
        each = ("upstream", "instance")
        out = GaugeMetricFamily(
            f"{PREFIX}upstream_out", "1 while an instance is sent no requests.", labels=each
        )
        pending = GaugeMetricFamily(
            f"{PREFIX}upstream_pending", "Requests on their way to an instance.", labels=each
        )
        requests = CounterMetricFamily(
            f"{PREFIX}upstream_requests",
            "Requests to an instance that ended.",
            labels=(*each, "outcome"),
        )
        retries = CounterMetricFamily(
            f"{PREFIX}upstream_retries",
            "Requests tried again, and those for which the budget was spent.",
            labels=("upstream", "outcome"),
        )
        for name, look in self._looks.items():
            found = look()
            retries.add_metric((name, "tried"), found["retries"])
            retries.add_metric((name, "refused"), found["retries_refused"])
            for one in found["instances"]:
                labels = (name, one["address"])
                out.add_metric(labels, one["out"] is not None)
                pending.add_metric(labels, one["pending"])
                requests.add_metric((*labels, "answered"), one["answered"])
                requests.add_metric((*labels, "failed"), one["failed"])
        yield from (out, pending, requests, retries)
