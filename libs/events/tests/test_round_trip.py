"""Every event survives the wire, whatever it holds."""

import json
from dataclasses import replace

from events import CHANGELOGS, EVENT_TYPES, TOPICS, decode, encode, type_name_of
from events.topics import EVENT_TOPICS, WITHOUT_DEAD_LETTERS
from hypothesis import given, settings
from hypothesis import strategies as st

FEW = settings(max_examples=12, deadline=None)


@FEW
@given(data=st.data())
def test_whatever_an_event_holds_survives_the_wire(data, envelopes):
    envelope = data.draw(envelopes)
    record = encode(envelope)
    require_that_it_is_keyed_and_routed_by_its_event(envelope, record)
    require_that_it_is_decoded(envelope, record)
    require_that_additions_of_a_newer_writer_are_ignored(envelope, record)
    require_that_an_older_writers_is_read_with_the_defaults(envelope, record)


def require_that_it_is_keyed_and_routed_by_its_event(envelope, record):
    assert record.topic == envelope.event.topic.name
    assert record.key == envelope.event.key.encode()
    assert type_name_of(record.headers) == envelope.event.type_name()


def require_that_it_is_decoded(envelope, record):
    consumed = decode(record.headers, record.value)
    assert consumed == envelope
    assert type(consumed.event) is type(envelope.event)


def require_that_additions_of_a_newer_writer_are_ignored(envelope, record):
    body = json.loads(record.value) | {"added_later": {"by": ["somebody"]}}
    headers = [*record.headers, ("ce_addedlater", b"by somebody"), ("added-later", b"\xc3\xa9")]
    assert decode(headers, json.dumps(body).encode()) == envelope


def require_that_an_older_writers_is_read_with_the_defaults(envelope, record):
    fields = type(envelope.event).model_fields
    required = {name for name, field in fields.items() if field.is_required()}
    body = {name: value for name, value in json.loads(record.value).items() if name in required}
    consumed = decode(record.headers, json.dumps(body).encode())
    defaults = {name: fields[name].default for name in fields.keys() - required}
    assert consumed == replace(envelope, event=envelope.event.model_copy(update=defaults))


def test_type_names_are_unique_and_every_event_has_a_topic_that_exists():
    assert len({event_type.type_name() for event_type in EVENT_TYPES}) == len(EVENT_TYPES)
    assert {event_type.topic for event_type in EVENT_TYPES} == set(EVENT_TOPICS)


def test_topics_are_unique_and_every_follower_has_a_dead_letter_topic():
    names = [topic.name for topic in TOPICS]
    assert len(set(names)) == len(names)
    expected = {
        f"{topic.name}.{service}.dead-letter"
        for topic in EVENT_TOPICS
        for service in topic.followed_by
        if service not in WITHOUT_DEAD_LETTERS
    }
    assert expected == set(names) - {topic.name for topic in (*EVENT_TOPICS, *CHANGELOGS)}
