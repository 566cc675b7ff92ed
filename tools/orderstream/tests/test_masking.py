"""What is shown of a dead letter says nothing about a person, and opens no door."""

import json

import pytest
from orderstream.dead_letters.showing import masked


def test_personal_data_and_payment_tokens_are_masked_wherever_they_are() -> None:
    fields = {
        "order_id": "ord_1",
        "payment_token": "tok_visa",
        "recipient": {"key_id": "k1", "sealed": "c2VhbGVk"},
        "orders": [{"recipient": "Ada", "quantity": 2}],
    }
    shown = json.loads(masked(json.dumps(fields).encode()))
    assert shown == {
        "order_id": "ord_1",
        "payment_token": "(masked)",
        "recipient": "(masked)",
        "orders": [{"recipient": "(masked)", "quantity": 2}],
    }


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "nothing: the record has no value"),
        (b"Ada Lovelace", "12 bytes that are no JSON (not shown)"),
        (b"\xff\x00", "2 bytes that are no JSON (not shown)"),
    ],
)
def test_what_is_no_json_is_not_shown_at_all(value: bytes | None, shown: str) -> None:
    assert masked(value) == shown
