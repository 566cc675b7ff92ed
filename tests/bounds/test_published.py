"""Our limits are those that the neighbours publish, in their OpenAPI documents or their own code."""

import inspect
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from events import limits
from testkit.simulators import Simulator

pytestmark = pytest.mark.process
BROKER_BYTES_MAX = 1_048_588
"""The default of Kafka's `max.message.bytes`; nothing of ours sets another."""


def published(simulator: Simulator, model: str, field: str) -> dict[str, Any]:
    """What a neighbour's document says of a field of a body."""
    document = simulator.http.get("/openapi.json").raise_for_status().json()
    schema: dict[str, Any] = document["components"]["schemas"][model]["properties"][field]
    return schema


@pytest.mark.parametrize(
    ("place", "bound", "ours"),
    [
        (("psp", "NewIntent", "amount"), "maximum", limits.AMOUNT_MAX),
        (("psp", "NewIntent", "amount"), "exclusiveMinimum", limits.AMOUNT_MIN - 1),
        (("psp", "NewIntent", "payment_method"), "maxLength", limits.PAYMENT_TOKEN_MAX),
        (("psp", "Metadata", "order_id"), "maxLength", limits.REFERENCE_MAX),
        (("carrier", "Parcel", "weight_grams"), "maximum", limits.PARCEL_GRAMS_MAX),
        (("carrier", "Address", "name"), "maxLength", limits.NAME_MAX),
        (("carrier", "Address", "street1"), "maxLength", limits.STREET_MAX),
        (("carrier", "Address", "city"), "maxLength", limits.CITY_MAX),
        (("carrier", "NewShipment", "reference"), "maxLength", limits.REFERENCE_MAX),
    ],
)
def test_a_limit_is_the_neighbours_own(
    outside: dict[str, Simulator], place: tuple[str, str, str], bound: str, ours: int
) -> None:
    neighbour, model, field = place
    assert published(outside[neighbour], model, field)[bound] == ours


def test_a_postcode_is_no_longer_than_the_carrier_takes(outside: dict[str, Simulator]) -> None:
    assert published(outside["carrier"], "Address", "zip")["maxLength"] >= limits.POSTCODE_MAX


def test_what_is_written_as_a_reference_fits(outside: dict[str, Simulator]) -> None:
    assert len("ord_" + "0" * 32) <= limits.REFERENCE_MAX


def test_a_key_is_no_longer_than_neighbours_take(outside: dict[str, Simulator]) -> None:
    for name, path in (("psp", "/v1/refunds"), ("carrier", "/v2/shipments")):
        taken, refused = (
            outside[name].http.post(path, json={}, headers={"Idempotency-Key": "k" * length}).text
            for length in (limits.KEY_MAX, limits.KEY_MAX + 1)
        )
        assert "Idempotency-Key" not in taken
        assert f"must have 1 to {limits.KEY_MAX} characters" in refused


def test_a_record_leaves_room_in_what_client_and_broker_take() -> None:
    client = inspect.signature(AIOKafkaProducer).parameters["max_request_size"].default
    assert min(client, BROKER_BYTES_MAX) >= limits.RECORD_BYTES_MAX + 48_000
