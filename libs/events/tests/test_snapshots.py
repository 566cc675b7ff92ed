"""The committed schemas: kept as promised, and refused when a change would break a listener."""

import json
from typing import ClassVar

import pytest
from events import EVENT_TYPES, Event
from events.snapshots import FOLDER, compare, file_name, run, schema_of, write
from events.topics import ORDER_PLACED, Topic


def painted(**fields: type) -> type[Event]:
    """A version of one and the same event with these fields."""
    members = {"__annotations__": {"topic": ClassVar[Topic], **fields}, "topic": ORDER_PLACED}
    return type("OrderPainted", (Event,), {**members, "__module__": __name__})


RED = painted(colour=str)
REPAINTED = painted(colour=int)
VARNISHED = type("OrderPainted", (RED,), {"__annotations__": {"gloss": int}, "gloss": 0})


@pytest.fixture
def promised(tmp_path):
    """A folder that holds the promise of `RED`."""
    write([RED], tmp_path)
    return tmp_path


def test_every_event_is_what_its_committed_schema_says():
    findings = compare(EVENT_TYPES, FOLDER)
    assert (findings.refused, findings.stale) == ([], [])


def test_a_schema_is_named_by_the_type_on_the_wire(promised):
    assert json.loads((promised / "OrderPainted.v1.json").read_text())["$id"] == RED.type_name()


def test_what_is_written_passes_the_check(promised, capsys):
    assert run(["--check"], [RED], promised) == 0
    assert capsys.readouterr() == ("", "")


def test_a_compatible_change_is_stale_until_it_is_written(promised, capsys):
    assert run(["--check"], [VARNISHED], promised) == 1
    stderr = capsys.readouterr().err
    assert "stale: the snapshot of orderstream.OrderPainted.v1 is not up to date" in stderr
    assert "Run python -m events.snapshots and commit" in stderr
    assert run([], [VARNISHED], promised) == 0
    assert run(["--check"], [VARNISHED], promised) == 0


def test_a_new_event_is_stale_until_it_is_written(tmp_path, capsys):
    assert run(["--check"], [RED], tmp_path) == 1
    assert "orderstream.OrderPainted.v1 has no snapshot yet" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--check"], []], ids=["check", "write"])
def test_a_breaking_change_is_neither_passed_nor_written(promised, capsys, arguments):
    before = (promised / file_name(RED)).read_text()
    assert run(arguments, [REPAINTED], promised) == 1
    stderr = capsys.readouterr().err
    assert (
        "refused: orderstream.OrderPainted.v1 at /properties/colour: was string, is integer"
        in stderr
    )
    assert "new type of event" in stderr
    assert (promised / file_name(RED)).read_text() == before


def test_an_event_that_is_gone_is_refused_with_what_to_do(promised, capsys):
    assert run(["--check"], [], promised) == 1
    assert "OrderPainted.v1.json describes an event that is gone" in capsys.readouterr().err


def test_schemas_are_json_schema_of_2020_12():
    assert {schema_of(event_type)["$schema"] for event_type in EVENT_TYPES} == {
        "https://json-schema.org/draft/2020-12/schema"
    }
