"""What a new shop has on its shelves: the products of a real one, unless a file says otherwise."""

import hashlib
import json
from datetime import date
from pathlib import Path

from launcher.environment import PREFIX, PROJECT_ROOT
from retail import (
    catalogue,
    first_day,
    import_content,
    is_packed,
    lists_products,
    read_file,
)

from stack.errors import SettingsError
from stack.folders import write_whole
from stack.settings import Settings

REAL_ORDERS = PROJECT_ROOT / "data" / "online-retail" / "first-days.csv"
FIRST_DAY = date(2010, 12, 1)


def require_same_currency(settings: Settings) -> None:
    """Note the currency that a shop is opened in; its products and orders are in no other afterwards.

    Raises:
        SettingsError: it was opened in another one.
    """
    note = settings.state_dir / "currency"
    opened_in = note.read_text(errors="replace").strip() if note.exists() else ""
    if opened_in and opened_in != settings.currency:
        raise SettingsError(
            f"{PREFIX}CURRENCY={settings.currency}: the shop in {settings.state_dir} was opened in "
            f"{opened_in}. Keep that, or begin with an empty shop (down --erase)"
        )
    write_whole(note, f"{settings.currency}\n")


def seed_file(settings: Settings) -> Path:
    """Return the file that inventory is seeded with: one of products as it is, else made of a shop's orders.

    Raises:
        RetailFormatError: the file cannot be read, or is neither of products nor of orders.
        SettingsError: its prices are in another currency than the shop's.
    """
    source = settings.seed_file
    if source is not None and lists_products(content := read_file(source)):
        _require_currency(settings, source, content)
        if not is_packed(source):
            return source  # what is wrong with it is told by this name
    return write_catalogue(settings)


def write_catalogue(settings: Settings) -> Path:
    """Write `catalogue.json` into the state folder, unless it is there and of the same file.

    Stock suffices for what the shop sold on its first day, except for a few scarce products.

    Raises:
        RetailFormatError, SettingsError: as above.
    """
    file = settings.state_dir / "catalogue.json"
    source = settings.seed_file or REAL_ORDERS
    content = read_file(source)
    made_of = hashlib.sha256(settings.currency.encode() + content).hexdigest()
    note = file.with_suffix(".made-of")
    if not (file.exists() and note.exists() and note.read_text(errors="replace") == made_of):
        write_whole(file, _catalogue(settings, source, content))
        write_whole(note, made_of)
    return file


def _catalogue(settings: Settings, source: Path, content: bytes) -> str:
    if lists_products(content):
        _require_currency(settings, source, content)
        return content.decode()
    imported = import_content(content, str(source))
    return catalogue(imported, first_day(imported), currency=settings.currency).as_json()


def _require_currency(settings: Settings, source: Path, content: bytes) -> None:
    try:
        listed = json.loads(content)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is one
        raise SettingsError(f"{PREFIX}SEED_FILE={source}: no JSON: {error}") from None
    named = listed.get("currency") if isinstance(listed, dict) else None
    if isinstance(named, str) and named != settings.currency:
        raise SettingsError(
            f"{PREFIX}SEED_FILE={source}: its prices are in {named}, and {PREFIX}CURRENCY is "
            f"{settings.currency}"
        )
