"""Each topic has one writer, each event a consumer, and topics promise what services do."""

import pytest
from events import (
    EVENT_TOPICS,
    EVENT_TYPES,
    CustomerNotified,
    PaymentRefunded,
)
from orderstream.maps.registries import (
    emitted_by,
    emitters_of,
    event_services,
    handlers_of,
    listeners_to,
    read_by,
    services,
)

ANNOUNCED = {
    PaymentRefunded,  # comes with returns
}
"""Events that are defined before a service emits them. Remove one here with its first emitter."""

FOR_THE_RECORD = {
    CustomerNotified,  # what the audit counts
}
"""Events that no service consumes: they are for people, the audit and later services."""


@pytest.mark.parametrize("service", event_services())
def test_a_service_says_only_what_its_topics_carry(service):
    assert {event.topic.written_by for event in declared_by(service)} <= {service}


@pytest.mark.parametrize("service", services())
def test_no_source_makes_an_event_of_another_service(service):
    assert {event.topic.written_by for event in emitted_by(service)} <= {service}


@pytest.mark.parametrize("service", event_services())
def test_what_a_service_declares_is_what_its_source_makes(service):
    declared = set(declared_by(service))
    made_by_handlers = {e for e, module in emitted_by(service).items() if module == "handlers"}
    assert declared == made_by_handlers


@pytest.mark.parametrize("topic", EVENT_TOPICS, ids=lambda topic: topic.name)
def test_followers_and_readers_are_who_the_topic_says(topic):
    followers = {name for name in event_services() if topic in handlers_of(name).topics}
    readers = {name for name in services() if topic in read_by(name)}
    assert followers == set(topic.followed_by)
    assert readers == set(topic.read_by)


def test_every_event_is_emitted_by_somebody_but_those_announced():
    assert {event for event in EVENT_TYPES if not emitters_of(event)} == ANNOUNCED


def test_every_event_is_consumed_by_somebody_but_those_for_the_record():
    unhandled = {event for event in EVENT_TYPES if not listeners_to(event)}
    assert unhandled - ANNOUNCED == FOR_THE_RECORD


def test_every_topic_carries_something():
    assert {event.topic for event in EVENT_TYPES} == set(EVENT_TOPICS)


def declared_by(service):
    return {event for row in handlers_of(service).registrations for event in row.emits}
