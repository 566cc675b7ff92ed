"""The topics: who writes each, who follows it, how long it keeps what it holds."""

from dataclasses import dataclass

MINUTE_MS = 60 * 1000
DAY_MS = 24 * 60 * MINUTE_MS
EVERY_WORKER = "every worker"
"""The writer of the one topic whose facts are about the handling of events and not about a business."""
WITHOUT_DEAD_LETTERS = frozenset({"analytics"})
"""The service that keeps no dead letters: the services that act on an event keep them already."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A stream of facts with exactly one writing service; see `EVERY_WORKER` for the exception.

    `followed_by` are the services that consume it in a group and act on it; `read_by` those that
    read all of it for a projection of their own, without a group. `partitions` is None where the
    installation decides; `retention_ms` likewise. What is old is removed by whole files: one of
    `segment_ms` at a time, where that is less than the week that brokers take by default.
    `as_many_as` names the topic that it must have a partition for each one of.
    """

    name: str
    written_by: str
    followed_by: tuple[str, ...] = ()
    read_by: tuple[str, ...] = ()
    compacted: bool = False
    partitions: int | None = None
    retention_ms: int | None = None
    segment_ms: int | None = None
    as_many_as: str | None = None

    def dead_letters_of(self, service: str) -> "Topic":
        """Return where `service` puts the records of this topic that it cannot handle, untouched."""
        return Topic(
            name=f"{self.name}.{service}.dead-letter",
            written_by=service,
            partitions=1,
            retention_ms=30 * DAY_MS,
        )


ORDER_PLACED = Topic("order-placed", "gateway", followed_by=("payment", "order"))
CANCELLATION_REQUESTED = Topic(
    "cancellation-requested", "gateway", followed_by=("shipping", "order")
)
PAYMENT_PROCESSED = Topic("payment-processed", "payment", followed_by=("inventory", "order"))
INVENTORY_UPDATED = Topic(
    "inventory-updated", "inventory", followed_by=("shipping", "payment", "order")
)
SHIPPING_INITIATED = Topic(
    "shipping-initiated", "shipping", followed_by=("payment", "inventory", "order")
)
ORDER_STATUS_CHANGED = Topic(
    "order-status-changed", "order", followed_by=("notifier", "analytics"), read_by=("gateway",)
)
ORDER_OVERDUE = Topic("order-overdue", "order", followed_by=("shipping",))
CUSTOMER_NOTIFIED = Topic("customer-notified", "notifier")
PRODUCT_CATALOG = Topic("product-catalog", "inventory", read_by=("gateway",), compacted=True)
DASHBOARD_UPDATES = Topic(
    "dashboard-updates",
    "analytics",
    read_by=("gateway",),
    retention_ms=15 * MINUTE_MS,
    segment_ms=5 * MINUTE_MS,
)

DEAD_LETTERS = Topic("dead-letters", EVERY_WORKER, followed_by=("order",), retention_ms=30 * DAY_MS)

EVENT_TOPICS = (
    ORDER_PLACED,
    CANCELLATION_REQUESTED,
    PAYMENT_PROCESSED,
    INVENTORY_UPDATED,
    SHIPPING_INITIATED,
    ORDER_STATUS_CHANGED,
    ORDER_OVERDUE,
    CUSTOMER_NOTIFIED,
    PRODUCT_CATALOG,
    DASHBOARD_UPDATES,
    DEAD_LETTERS,
)

CHANGELOGS = (
    # Its name is Faust's. A window that is forgotten is deleted there, so compaction bounds it.
    Topic(
        "analytics-windows-changelog",
        "analytics",
        compacted=True,
        segment_ms=5 * MINUTE_MS,
        as_many_as=ORDER_STATUS_CHANGED.name,
    ),
)
"""What a service writes to recover its own state from, and no other service reads."""

TOPICS = (
    *EVENT_TOPICS,
    *CHANGELOGS,
    *(
        topic.dead_letters_of(service)
        for topic in EVENT_TOPICS
        for service in topic.followed_by
        if service not in WITHOUT_DEAD_LETTERS
    ),
)
"""Every topic that an installation creates, dead letters included."""


def topics_of(service: str) -> tuple[Topic, ...]:
    """Return every topic that a service needs: what it writes, follows or reads, its dead letters too."""
    sets_aside = any(service in topic.followed_by for topic in EVENT_TOPICS)
    writers = {service}
    if sets_aside and service not in WITHOUT_DEAD_LETTERS:
        writers.add(EVERY_WORKER)
    return tuple(
        topic
        for topic in TOPICS
        if topic.written_by in writers or service in (*topic.followed_by, *topic.read_by)
    )
