import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from gateway.http.bodies import Body
from gateway.intake.requests import EMAIL, OrderRequest, read_order
from gateway.problems.problem import ProblemError
from gateway.problems.validation_errors import WORDS

Order = Callable[..., dict[str, Any]]
CONTRACT = Path(__file__).parents[3] / "docs" / "openapi.json"
CHECKED_BY_CODE = {EMAIL}
READ_BY_HAND = {"^[0-9]{1,9}$"}
"""Not a constraint of a model: looked at by code that has words of its own."""


def patterns(schema: Any) -> Iterator[str]:
    """Every pattern in a schema, however deep."""
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        for part in schema.values():
            yield from patterns(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from patterns(part)


def faults_of(value: dict[str, Any]) -> dict[str, str]:
    """What is wrong with an order, by pointer."""
    with pytest.raises(ProblemError) as caught:
        read_order(Body(b"{}", value))
    return {fault.pointer: fault.detail for fault in caught.value.errors}


def test_every_pattern_of_an_order_has_words() -> None:
    assert {*patterns(OrderRequest.model_json_schema())} - CHECKED_BY_CODE <= WORDS.keys()


def test_every_pattern_of_an_address_has_words() -> None:
    document = json.loads(CONTRACT.read_text())
    asked = [
        parameter["schema"]
        for item in document["paths"].values()
        for operation in item.values()
        for parameter in operation.get("parameters", ())
        if parameter.get("in") == "query"
    ]
    assert {*patterns(asked)} <= WORDS.keys() | READ_BY_HAND


def test_the_contract_keeps_the_patterns() -> None:
    assert WORDS.keys() <= {*patterns(json.loads(CONTRACT.read_text()))}


@pytest.mark.parametrize(
    ("changes", "pointer", "words"),
    [
        ({"lines": [{"sku": "#1", "quantity": 1}]}, "/lines/0/sku", "begins with a letter"),
        ({"currency": "pounds"}, "/currency", "three capital letters"),
        ({"payment": {"token": "two words"}}, "/payment/token", "no spaces"),
        ({"expected_total": {"amount": 1, "currency": "£"}}, "/expected_total/currency", "GBP"),
    ],
)
def test_a_client_is_given_words_and_no_pattern(
    body: Order, changes: dict[str, Any], pointer: str, words: str
) -> None:
    detail = faults_of(body(**changes))[pointer]
    assert words in detail
    assert not {*"^$[]\\"} & {*detail}


@pytest.mark.parametrize("field", ["name", "street", "city", "postcode", "country", "email"])
def test_so_is_whoever_misspells_an_address(body: Order, field: str) -> None:
    order = body()
    order["recipient"] = {**order["recipient"], field: "a\nb"}
    detail = faults_of(order)[f"/recipient/{field}"]
    assert not {*"^$[]\\"} & {*detail}


def test_a_sentence_ends_once() -> None:
    assert faults_of({"lines": []}).values()
    assert not [detail for detail in faults_of({"lines": []}).values() if detail.endswith("..")]
