"""What a gateway needs to be ready, and what it can do without."""

from servicekit import Health, database_check, kafka_check

from gateway.gateway import Gateway
from gateway.settings import GatewaySettings


def watch_health(health: Health, gateway: Gateway, settings: GatewaySettings) -> None:
    """Ready is who knows the prices. All else every replica lacks at the same time, if it is away.

    So taking replicas out of rotation would help nobody: what can be answered is answered, the rest
    is refused with 503. Without Kafka orders are accepted, without the order service as well;
    without the database products and most orders can still be read. Whoever should work on what was
    accepted and does not is named, so that no order waits for somebody of whom nobody knows.
    """
    health.add("catalogue", gateway.catalogue.check)
    health.add("database", database_check(gateway.pool), required=False)
    health.add("kafka", kafka_check(settings.kafka_bootstrap), required=False)
    if settings.redis_url is not None:
        health.add("rate-limits", gateway.limiter.check, required=False)
    health.add("order-api", gateway.order_api.upstream.check, required=False)
    health.add("inventory", gateway.availability.check, required=False)
    health.add("inventory-api", gateway.inventory_api.check, required=False)
    health.add("notifier-api", gateway.webhooks.upstream.check, required=False)
    health.add_findings(gateway.followers.absent)
    health.add_findings(gateway.dashboard.health.absent)
