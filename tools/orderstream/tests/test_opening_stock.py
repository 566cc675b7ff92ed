import json
from pathlib import Path

from orderstream.platform import Settings
from orderstream.platform.opening_stock import seed_file


def test_a_new_shop_starts_with_the_products_of_the_real_one(settings: Settings) -> None:
    settings.state_dir.mkdir()
    file = seed_file(settings)
    products = {one["sku"]: one for one in json.loads(file.read_text())["products"]}
    assert len(products) > 1900
    assert products["85123A"]["name"] == "WHITE HANGING HEART T-LIGHT HOLDER"
    assert seed_file(settings) == file


def test_a_seed_file_of_ones_own_goes_before_it(settings: Settings, tmp_path: Path) -> None:
    own = settings.model_copy(update={"seed_file": tmp_path / "own.json"})
    assert seed_file(own) == tmp_path / "own.json"
