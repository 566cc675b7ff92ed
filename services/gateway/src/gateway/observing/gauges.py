"""What of a running gateway is worth watching from outside, read whenever the metrics are."""

from gateway.gateway import Gateway
from gateway.observing.metrics import Metrics
from gateway.observing.upstreams import Upstreams


def watch_gateway(metrics: Metrics, gateway: Gateway) -> None:
    """Show how much of the gateway is in use."""
    pool, backlog = gateway.pool, gateway.pressure.backlog
    metrics.watch(
        "orders_unwritten",
        "Orders that wait to be written; from MAX_UNWRITTEN_ORDERS on further ones are refused.",
        lambda: len(gateway.accepting),
    )
    metrics.watch(
        "orders_in_hand",
        "Orders between their request and their answer.",
        lambda: len(gateway.in_hand),
    )
    metrics.watch(
        "streams_open",
        "Live streams of orders; from MAX_STREAMS on further ones are refused.",
        lambda: len(gateway.subscriptions),
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
        lambda: gateway.limiter.is_away,
    )
    metrics.watch(
        "database_connections_in_use",
        "Connections to the gateway's database that somebody works with.",
        lambda: pool.get_size() - pool.get_idle_size(),
    )
    metrics.registry.register(
        Upstreams(
            {
                "order-api": gateway.order_api.upstream.snapshot,
                "inventory-api": gateway.inventory_api.snapshot,
                "notifier-api": gateway.webhooks.upstream.snapshot,
            }
        )
    )
