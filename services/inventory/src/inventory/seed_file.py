"""The file that the shelves are filled from: what it may hold, and where it is wrong."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from events import Sku
from events.currencies import CurrencyCode
from events.limits import AMOUNT_MAX, AMOUNT_MIN, PRODUCT_NAME_MAX, STOCK_MAX
from events.patterns import SEEN_LINE, in_words
from pydantic import BaseModel, ConfigDict, Field, ValidationError


class SeedProduct(BaseModel):
    """One product: price in minor units, units on hand at the start.

    What costs less or more than can be charged could not be ordered, at least by itself.
    """

    model_config = ConfigDict(extra="forbid")

    sku: Sku
    name: Annotated[str, Field(min_length=1, max_length=PRODUCT_NAME_MAX, pattern=SEEN_LINE)]
    unit_price: Annotated[int, Field(ge=AMOUNT_MIN, le=AMOUNT_MAX)]
    on_hand: Annotated[int, Field(ge=0, le=STOCK_MAX)]


class SeedFile(BaseModel):
    """Content of a seed file."""

    model_config = ConfigDict(extra="forbid")

    currency: CurrencyCode
    products: Annotated[list[SeedProduct], Field(min_length=1)]


class _WrongError(Exception):
    """The file cannot be used; the message says where and why."""


def read_seed(path: Path) -> SeedFile:
    """Read a seed file; says in one line what is wrong with it and ends with exit code 2."""
    try:
        return _understood(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        reason = f": {error.strerror or error}"
    except UnicodeDecodeError as error:
        reason = f": not UTF-8 at byte {error.start}"
    except _WrongError as error:
        reason = str(error)
    print(f"cannot seed from {path}{reason}", file=sys.stderr)  # noqa: T201  # a command's own words
    raise SystemExit(2)


def _understood(text: str) -> SeedFile:
    try:
        content = SeedFile.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise _WrongError(_told(text, first["loc"], f"{in_words(first)}{_actual(first)}")) from None
    seen: set[str] = set()
    for index, product in enumerate(content.products):
        if product.sku in seen:
            place = ("products", index, "sku")
            raise _WrongError(_told(text, place, "An earlier product has the same"))
        seen.add(product.sku)
    return content


def _told(text: str, place: tuple[int | str, ...], wrong: str) -> str:
    match place:
        case ("products", int(index), *rest):
            line, product = list(_products(text))[index]
            sku = product.get("sku") if isinstance(product, dict) else None
            named = f", SKU {sku!r}" if isinstance(sku, str) else ""
            field = ".".join(map(str, rest))
            return f", line {line}{named}: {field or 'product'}: {wrong}"
        case _:
            return f": {'.'.join(map(str, place)) or 'file'}: {wrong}"


def _actual(error: Any) -> str:
    """Return what stands there, where that is short: a name that is too long is not repeated."""
    if isinstance(error["input"], int):
        return f" (it is {error['input']})"
    return f" (it has {len(error['input'])})" if error["type"] == "string_too_long" else ""


def _products(text: str) -> Iterator[tuple[int, Any]]:
    """Yield every product of a file that is JSON, with the line that it begins in."""
    decoder = json.JSONDecoder()
    names = json.loads(text)
    place = _after(text, 0, "{")
    for _ in names:
        name, place = decoder.raw_decode(text, place)
        place = _after(text, place, ":")
        if name == "products":
            break
        _, place = decoder.raw_decode(text, place)
        place = _after(text, place, ",")
    place = _after(text, place, "[")
    for _ in names["products"]:
        line = text.count("\n", 0, place) + 1
        product, place = decoder.raw_decode(text, place)
        yield line, product
        place = _after(text, place, ",]")


def _after(text: str, place: int, signs: str) -> int:
    """Return the place of the next word after one of the signs and the blanks around it."""
    while text[place] not in signs:
        place += 1
    place += 1
    while text[place].isspace():
        place += 1
    return place
