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
def test_theirs_reads_ours(data, envelopes):
    said = data.draw(envelopes)
    record = encode(said)
    heard = from_binary(KafkaMessage(dict(record.headers), record.key, record.value), JSONFormat())
    assert heard.get_specversion() == "1.0"
    assert heard.get_id() == str(said.id)
    assert heard.get_type() == said.event.type_name()
    assert heard.get_source() == f"/services/{said.source}"
    assert heard.get_subject() == said.event.key
    assert heard.get_time() == said.time
    assert heard.get_datacontenttype() == "application/json"
    assert heard.get_extension("correlationid") == said.correlation_id
    assert heard.get_extension("sequence") == str(said.sequence)
    assert heard.get_data() == json.loads(record.value)


@FEW
@given(data=st.data())
def test_ours_reads_theirs(data, envelopes):
    said = data.draw(envelopes)
    attributes = {
        "id": str(said.id),
        "type": said.event.type_name(),
        "source": f"/services/{said.source}",
        "subject": said.event.key,
        "time": said.time,
        "datacontenttype": "application/json",
        "correlationid": said.correlation_id,
        "sequence": str(said.sequence),
    }
    if said.causation_id is not None:
        attributes["causationid"] = str(said.causation_id)
    written = to_binary(CloudEvent(attributes, said.event.model_dump(mode="json")), JSONFormat())
    headers = [*written.headers.items()]
    if said.traceparent is not None:
        headers.append(("traceparent", said.traceparent.encode()))
    assert decode(headers, written.value) == said
