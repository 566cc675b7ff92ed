"""Our records against the CloudEvents project's own Kafka binding: each reads the other's."""

import json

from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from events import decode, encode
from hypothesis import given, settings
from hypothesis import strategies as st

FEW = settings(max_examples=10, deadline=None)


@FEW
@given(data=st.data())
def test_each_reads_what_the_other_has_written(data, envelopes):
    envelope = data.draw(envelopes)
    require_that_theirs_reads_ours(envelope)
    require_that_ours_reads_theirs(envelope)


def require_that_theirs_reads_ours(envelope):
    record = encode(envelope)
    consumed = from_binary(
        KafkaMessage(dict(record.headers), record.key, record.value), JSONFormat()
    )
    assert consumed.get_specversion() == "1.0"
    assert consumed.get_id() == str(envelope.id)
    assert consumed.get_type() == envelope.event.type_name()
    assert consumed.get_source() == f"/services/{envelope.source}"
    assert consumed.get_subject() == envelope.event.key
    assert consumed.get_time() == envelope.time
    assert consumed.get_datacontenttype() == "application/json"
    assert consumed.get_extension("correlationid") == envelope.correlation_id
    assert consumed.get_extension("sequence") == str(envelope.sequence)
    assert consumed.get_data() == json.loads(record.value)


def require_that_ours_reads_theirs(envelope):
    attributes = {
        "id": str(envelope.id),
        "type": envelope.event.type_name(),
        "source": f"/services/{envelope.source}",
        "subject": envelope.event.key,
        "time": envelope.time,
        "datacontenttype": "application/json",
        "correlationid": envelope.correlation_id,
        "sequence": str(envelope.sequence),
    }
    if envelope.causation_id is not None:
        attributes["causationid"] = str(envelope.causation_id)
    if envelope.waits is not None:
        attributes["waits"] = str(envelope.waits)
    written = to_binary(
        CloudEvent(attributes, envelope.event.model_dump(mode="json")), JSONFormat()
    )
    headers = [*written.headers.items()]
    if envelope.traceparent is not None:
        headers.append(("traceparent", envelope.traceparent.encode()))
    assert decode(headers, written.value) == envelope
