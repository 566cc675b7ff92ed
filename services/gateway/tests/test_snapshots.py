"""What is committed of the promises over HTTP, and what may not be done to them."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gateway.app import create_app
from gateway.openapi.problem_pages import problems_reference
from gateway.problems.problem import PROBLEM_TYPES
from gateway.settings import GatewaySettings
from gateway.snapshots import broken, run

DOCUMENT = create_app(GatewaySettings.model_construct(fault_plans=True)).openapi()
Change = Callable[[dict[str, Any]], Any]


def schema(document: Any, name: str) -> Any:
    return document["components"]["schemas"][name]


def changed(change: Change) -> dict[str, Any]:
    document = copy.deepcopy(DOCUMENT)
    change(document)
    return document


@pytest.mark.parametrize(
    ("change", "reported"),
    [
        (lambda d: d["paths"].pop("/v1/products"), "GET /v1/products is gone"),
        (
            lambda d: d["paths"]["/v1/orders"]["post"]["responses"].pop("202"),
            "POST /v1/orders no longer answers 202",
        ),
        (
            lambda d: d["paths"]["/v1/products"]["get"].update(operationId="other"),
            "GET /v1/products has another operationId: generated clients lose it",
        ),
        (
            lambda d: d["paths"]["/v1/products"]["get"]["parameters"][0].update(required=True),
            "GET /v1/products now needs limit",
        ),
        (
            lambda d: schema(d, "OrderDocument")["properties"].pop("total"),
            "/properties/total: was removed",
        ),
        (
            lambda d: schema(d, "OrderDocument")["properties"]["version"].update(type="string"),
            "/properties/version: was integer, is string",
        ),
        (
            lambda d: schema(d, "OrderRequest")["required"].append("currency"),
            "/properties/currency: has become required",
        ),
        (
            lambda d: schema(d, "RequestedLine")["properties"]["quantity"].update(maximum=5),
            "/properties/quantity/maximum: was 10000, is 5",
        ),
    ],
)
def test_what_would_break_a_client_is_reported(change: Change, reported: str) -> None:
    (found,) = broken(DOCUMENT, changed(change))
    assert found.endswith(reported)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["paths"].update({"/v1/new": d["paths"]["/v1/products"]}),
        lambda d: schema(d, "OrderDocument")["properties"].update(gift={"type": "boolean"}),
        lambda d: schema(d, "OrderDocument")["required"].append("history"),
        lambda d: schema(d, "OrderRequest")["properties"].update(note={"type": "string"}),
        lambda d: schema(d, "OrderStatus")["enum"].append("gift_wrapped"),
        lambda d: schema(d, "RequestedLine")["properties"]["quantity"].update(maximum=20_000),
    ],
)
def test_what_clients_can_live_with_is_no_break(change: Change) -> None:
    assert broken(DOCUMENT, changed(change)) == []


def test_snapshots_are_written_and_compared(tmp_path: Path, capsys: Any) -> None:
    assert run(["--check"], tmp_path, DOCUMENT) == 1
    assert run([], tmp_path, DOCUMENT) == 0
    assert run(["--check"], tmp_path, DOCUMENT) == 0
    assert json.loads((tmp_path / "openapi.json").read_text()) == DOCUMENT
    (tmp_path / "problems.md").write_text("something else")
    capsys.readouterr()
    assert run(["--check"], tmp_path, DOCUMENT) == 1
    assert "stale: problems.md" in capsys.readouterr().err


def test_a_document_that_breaks_clients_is_not_written(tmp_path: Path, capsys: Any) -> None:
    run([], tmp_path, DOCUMENT)
    less = changed(lambda d: d["paths"].pop("/v1/products"))
    assert run([], tmp_path, less) == 1
    assert "/v2/" in capsys.readouterr().err
    assert run(["--check"], tmp_path, DOCUMENT) == 0


def test_the_page_has_every_problem_with_cause_and_advice() -> None:
    page = problems_reference()
    for code, kind in PROBLEM_TYPES.items():
        assert f"| {kind.status} | `{code}` | {kind.cause} | {kind.advice} |" in page
    assert '"code": "order_too_heavy"' in page
