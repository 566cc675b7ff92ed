"""What a service needs on the broker follows from who writes, follows and reads what."""

from events import TOPICS, topics_of


def names(service: str) -> set[str]:
    return {topic.name for topic in topics_of(service)}


def test_a_worker_needs_what_it_consumes_emits_and_sets_aside():
    assert names("notifier") == {
        "order-status-changed",
        "customer-notified",
        "order-status-changed.notifier.dead-letter",
        "dead-letters",
    }


def test_who_sets_nothing_aside_needs_no_dead_letters():
    assert names("analytics") == {
        "order-status-changed",
        "dashboard-updates",
        "analytics-windows-changelog",
    }
    assert names("gateway") == {
        "order-placed",
        "cancellation-requested",
        "order-status-changed",
        "product-catalog",
        "dashboard-updates",
    }


def test_every_topic_is_needed_by_somebody():
    services = ("gateway", "order", "payment", "inventory", "shipping", "notifier", "analytics")
    assert {topic.name for topic in TOPICS} == set().union(*map(names, services))
