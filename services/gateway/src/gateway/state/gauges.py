"""What of a running gateway is worth watching from outside, read whenever the metrics are."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.observing.metrics import PREFIX, Metrics
from gateway.state.gateway import Gateway


def watch_gateway(metrics: Metrics, gateway: Gateway) -> None:
    """Show how much of the gateway is in use."""
    pool, backlog = gateway.pool, gateway.load.backlog
    metrics.watch(
        "orders_unwritten",
        "Orders that wait to be written; from MAX_UNWRITTEN_ORDERS on further ones are refused.",
        lambda: len(gateway.intake.group_commit),
    )
    metrics.watch(
        "orders_in_hand",
        "Orders between their request and their answer.",
        lambda: len(gateway.intake.in_flight),
    )
    metrics.watch(
        "streams_open",
        "Live streams of orders; from MAX_STREAMS on further ones are refused.",
        lambda: len(gateway.order_streams),
    )
    metrics.watch(
        "dashboards_open",
        "Live dashboards; from MAX_DASHBOARDS on further ones are refused.",
        lambda: len(gateway.dashboard.streams),
    )
    metrics.watch(
        "outbox_rows",
        "Events that are not known to be on the broker; MAX_OUTBOX_ROWS bounds them.",
        lambda: backlog.rows,
    )
    metrics.watch(
        "outbox_oldest_seconds",
        "How long the oldest of them has waited; MAX_OUTBOX_AGE_S bounds it.",
        lambda: backlog.oldest_s,
    )
    metrics.watch(
        "signing_keys_age_seconds",
        "Seconds since the token issuer last said which keys are good; infinite if it never has.",
        gateway.signing_keys.age_s,
    )
    metrics.watch(
        "rate_limits_off",
        "1 while nobody is limited because the Redis that counts is away.",
        lambda: gateway.limiter.is_unavailable,
    )
    metrics.watch(
        "database_connections_in_use",
        "Connections to the gateway's database that somebody works with.",
        lambda: pool.get_size() - pool.get_idle_size(),
    )
    metrics.registry.register(
        Upstreams(
            {
                "order-api": gateway.orders.upstream.snapshot,
                "inventory-api": gateway.products.snapshot,
                "notifier-api": gateway.webhooks.upstream.snapshot,
            }
        )
    )


Look = Callable[[], Mapping[str, Any]]
"""Gives what `Upstream.snapshot` does."""


class Upstreams(Collector):
    """Collector of what is known of each upstream whenever the metrics are read."""

    def __init__(self, looks: Mapping[str, Look]) -> None:
        self._looks = looks

    def collect(self) -> Iterator[Metric]:
        """Return the metrics of every instance, and of the retries over all instances of an upstream."""
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
