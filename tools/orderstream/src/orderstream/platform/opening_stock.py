"""What a new shop has on its shelves: the products of a real one, unless told otherwise."""

from datetime import date
from pathlib import Path

from orderstream.platform.settings import PROJECT_ROOT, Settings
from orderstream.retail import catalogue, import_file

REAL_ORDERS = PROJECT_ROOT / "data" / "online-retail" / "first-days.csv"
FIRST_DAY = date(2010, 12, 1)


def seed_file(settings: Settings) -> Path:
    """The file that inventory is seeded with; made from the real orders the first time."""
    return settings.seed_file or write_catalogue(settings)


def write_catalogue(settings: Settings) -> Path:
    """Write `catalogue.json` into the state folder unless it is there: the seed file's, or real.

    Stock suffices for what that shop sold on its first day, except for a few scarce products.
    """
    file = settings.state_dir / "catalogue.json"
    if not file.exists():
        unfinished = file.with_suffix(".unfinished")
        unfinished.write_text(_catalogue(settings))
        unfinished.rename(file)
    return file


def _catalogue(settings: Settings) -> str:
    if settings.seed_file is not None:
        return settings.seed_file.read_text()
    return catalogue(import_file(REAL_ORDERS), FIRST_DAY).as_json()
