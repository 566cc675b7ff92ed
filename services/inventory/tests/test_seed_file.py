"""What shelves can be filled from, and how a file that is wrong is told: one line, exit code 2."""

import json
from pathlib import Path
from typing import Any

import pytest
from events.limits import AMOUNT_MAX, PRODUCT_NAME_MAX, STOCK_MAX
from inventory.seed_file import read_seed

MUG: dict[str, Any] = {"sku": "MUG 1", "name": "A mug", "unit_price": 450, "on_hand": 3}
PEN = MUG | {"sku": "PEN.2"}


def written(folder: Path, *products: Any) -> Path:
    path = folder / "products.json"
    path.write_text(json.dumps({"currency": "GBP", "products": products}, indent=1))
    return path


def refusal(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        read_seed(path)
    assert ended.value.code == 2
    stderr = capsys.readouterr().err
    assert stderr.startswith(f"cannot seed from {path}")
    assert stderr.count("\n") == 1
    return stderr.removeprefix(f"cannot seed from {path}").strip()


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"unit_price": 1},
        {"unit_price": AMOUNT_MAX},
        {"on_hand": 0},
        {"on_hand": STOCK_MAX},
        {"name": "x" * PRODUCT_NAME_MAX},
        {"name": "\U0001f381" * PRODUCT_NAME_MAX},
        {"sku": "S" * 40},
    ],
)
def test_what_fits_is_read(tmp_path: Path, change: dict[str, Any]) -> None:
    content = read_seed(written(tmp_path, PEN, MUG | change))
    assert [product.model_dump() for product in content.products] == [PEN, MUG | change]


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"unit_price": 0}, "unit_price: Input should be greater than or equal to 1 (it is 0)"),
        ({"unit_price": -5}, "unit_price: Input should be greater than or equal to 1 (it is -5)"),
        (
            {"unit_price": AMOUNT_MAX + 1},
            "unit_price: Input should be less than or equal to 99999999 (it is 100000000)",
        ),
        (
            {"on_hand": STOCK_MAX + 1},
            "on_hand: Input should be less than or equal to 2147483647 (it is 2147483648)",
        ),
        ({"name": "x" * 1_100}, "name: String should have at most 200 characters (it has 1100)"),
        ({"name": " "}, "name: This has to be one line of text"),
        ({"name": "two\nlines"}, "name: This has to be one line of text"),
        ({"weight": 3}, "weight: Extra inputs are not permitted"),
    ],
)
def test_a_product_that_could_not_be_sold_is_named_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any], detail: str
) -> None:
    message = refusal(written(tmp_path, PEN, MUG | change), capsys)
    assert message.startswith(f", line 10, SKU 'MUG 1': {detail}")


def test_a_sku_that_is_none_is_reported_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    message = refusal(written(tmp_path, MUG | {"sku": "#1"}), capsys)
    assert "SKU '#1': sku: A SKU has 1 to 40 letters" in message
    assert not {*"^$[]\\"} & {*message}


def test_a_product_that_is_there_twice_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    message = refusal(written(tmp_path, MUG, PEN, MUG), capsys)
    assert message == ", line 16, SKU 'MUG 1': sku: An earlier product has the same"


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"", ": file: Invalid JSON"),
        (b'{"currency": "GBP", "products": []}', ": products: List should have at least 1 item"),
        (b'{"products": [{"sku": 5}], "currency": "GBP"}', ", line 1: sku: Input should be"),
        (b'{"products": [7], "currency": "GBP"}', ", line 1: product: Input should be"),
        (b'{"currency": "pound", "products": []}', ": currency: expected the code of a currency"),
        (b"\xff", ": not UTF-8 at byte 0"),
    ],
)
def test_a_file_that_is_none_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, detail: str
) -> None:
    path = tmp_path / "products.json"
    path.write_bytes(content)
    assert refusal(path, capsys).startswith(detail)


def test_a_file_that_is_not_there_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refusal(tmp_path / "none.json", capsys) == ": No such file or directory"
