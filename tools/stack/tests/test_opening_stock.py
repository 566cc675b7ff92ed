import gzip
import json
from pathlib import Path

import pytest
from retail import RetailFormatError
from stack import Settings, SettingsError, up
from stack.opening_stock import REAL_ORDERS, require_same_currency, seed_file
from stack.topology import all_processes, pick

MUG = {"sku": "MUG", "name": "A mug", "unit_price": 1980, "on_hand": 1}


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Settings:
    """Settings with a seed file of one's own, which lists a mug."""
    settings.state_dir.mkdir()
    return settings.model_copy(update={"seed_file": write(tmp_path / "own.json", [MUG])})


def write(path: Path, products: list[dict[str, object]], currency: str = "GBP") -> Path:
    path.write_text(json.dumps({"currency": currency, "products": products}, indent=1))
    return path


def test_a_new_shop_starts_with_the_products_of_the_real_one(settings: Settings) -> None:
    settings.state_dir.mkdir()
    file = seed_file(settings)
    products = {one["sku"]: one for one in json.loads(file.read_text())["products"]}
    assert len(products) > 1900
    assert products["85123A"]["name"] == "WHITE HANGING HEART T-LIGHT HOLDER"
    made_at = file.stat().st_mtime_ns
    assert seed_file(settings) == file
    assert file.stat().st_mtime_ns == made_at


def test_a_shop_in_another_currency_asks_as_many_of_its_minor_units(settings: Settings) -> None:
    settings.state_dir.mkdir()
    pounds = json.loads(seed_file(settings).read_text())
    yen = json.loads(seed_file(settings.model_copy(update={"currency": "JPY"})).read_text())
    assert (pounds["currency"], yen["currency"]) == ("GBP", "JPY")
    assert yen["products"] == pounds["products"]


def test_a_shop_keeps_the_currency_that_it_was_opened_in(settings: Settings) -> None:
    settings.state_dir.mkdir()
    require_same_currency(settings)
    require_same_currency(settings)
    message = r"ORDERSTREAM_CURRENCY=JPY: the shop in .* was opened in GBP\. Keep that, or begin"
    with pytest.raises(SettingsError, match=message):
        require_same_currency(settings.model_copy(update={"currency": "JPY"}))


def test_a_list_of_products_of_ones_own_is_taken_as_it_is(own: Settings) -> None:
    assert seed_file(own) == own.seed_file


def test_a_gzip_is_opened_whatever_is_in_it(own: Settings, tmp_path: Path) -> None:
    packed = tmp_path / "packed"
    for content in (own.seed_file.read_bytes(), REAL_ORDERS.read_bytes()):
        packed.write_bytes(gzip.compress(content))
        made = seed_file(own.model_copy(update={"seed_file": packed}))
        assert json.loads(made.read_text())["products"]


def test_the_shelves_are_filled_from_any_shops_orders(own: Settings, tmp_path: Path) -> None:
    orders = tmp_path / "orders.csv"
    lines = REAL_ORDERS.read_text().splitlines()[:3]
    orders.write_text(
        "\n".join([lines[0], *(one.replace("1/12/2010", "5/6/2021") for one in lines[1:])])
    )
    made = seed_file(own.model_copy(update={"seed_file": orders}))
    assert [one["sku"] for one in json.loads(made.read_text())["products"]] == ["71053", "85123A"]


def test_another_currency_than_the_shops_is_reported_before_anything_starts(
    own: Settings, tmp_path: Path
) -> None:
    write(own.seed_file, [MUG], "EUR")
    with pytest.raises(SettingsError, match=r"own.json: its prices are in EUR, .*CURRENCY is GBP$"):
        seed_file(own)


@pytest.mark.process
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            json.dumps({"currency": "GBP", "products": [MUG, MUG]}),
            r"line 1, SKU 'MUG': sku: An ear",
        ),
        (
            json.dumps({"currency": "GBP", "products": [MUG | {"on_hand": -1}]}),
            r"on_hand: Input sho",
        ),
        (json.dumps({"currency": "ZZZ", "products": [MUG]}), r"prices are in ZZZ"),
        ("{]", r"no JSON: Expecting"),
        (b'{"currency": "\xff"}', r"no JSON: .* decode byte"),
        (None, r"there is no such file"),
        ("InvoiceNo;StockCode;Description\n", r"line 1: the columns are separated by semicolons"),
        (b"\x1f\x8b\x08\x00nothing", r"a gzip that cannot be opened"),
        ("", r"the file is empty"),
    ],
)
async def test_a_file_that_cannot_be_used_is_reported_in_a_line_before_anything_starts(
    own: Settings, tmp_path: Path, content: str | bytes | None, message: str
) -> None:
    fill(own.seed_file, content)
    with pytest.raises((SettingsError, RetailFormatError), match=message) as caught:
        await up(own, pick(all_processes(own), ["inventory-api"]))
    assert "\n" not in str(caught.value)
    assert "own.json" in str(caught.value)
    assert "supervisord.conf" not in {one.name for one in own.state_dir.glob("*")}


def fill(file: Path, content: str | bytes | None) -> None:
    file.unlink()
    if content is not None:
        file.write_bytes(content.encode() if isinstance(content, str) else content)
