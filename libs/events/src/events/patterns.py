"""The patterns of what people write, each in words: people are told the words, schemas have the pattern."""

from collections.abc import Mapping
from typing import Any

from events.limits import SKU_MAX

SKU = rf"^[A-Za-z0-9][A-Za-z0-9 _.-]{{0,{SKU_MAX - 1}}}$"
ORDER_ID = r"^ord_[0-9a-f]{32}$"
COUNTRY = r"^[A-Z]{2}$"
CURRENCY = r"^[A-Z]{3}$"
BREAKS = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
"""Controls and whatever ends a line: U+0085, U+2028 and U+2029 do, too, where mails are written."""
ONE_LINE = rf"^[^{BREAKS}]*[^\s\ufeff{BREAKS}][^{BREAKS}]*$"
"""One line that is not blank."""
TURNS = r"\u202a-\u202e\u2066-\u2069"
"""What has text read in another direction than it is written. Source: UAX #9, section 2."""
UNSEEN = r"\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0"
"""Invisible signs that are no spaces; some languages need them between letters. Source: UAX #44, 5.3."""
SEEN_LINE = rf"^[^{BREAKS}{TURNS}]*[^\s{UNSEEN}{BREAKS}{TURNS}][^{BREAKS}{TURNS}]*$"
"""One line of which something is seen, and which a person reads as it is written."""

WORDS = {
    SKU: (
        f"A SKU has 1 to {SKU_MAX} letters (A-Z, a-z), digits, spaces, dots, hyphens or underscores, "
        "and begins with a letter or a digit"
    ),
    ORDER_ID: "An order's id is ord_ and 32 hexadecimal digits in lower case",
    COUNTRY: "A country is two capital letters (ISO 3166-1), such as GB",
    CURRENCY: "A currency is three capital letters (ISO 4217), such as GBP",
    SEEN_LINE: (
        "This has to be one line of text that is not blank, without signs that control how or in "
        "which direction it is shown"
    ),
}
"""What each pattern asks for."""


def in_words(error: Mapping[str, Any], words: Mapping[str, str] = WORDS) -> str:
    """Put one of pydantic's errors into words: what a pattern asks for, and not the pattern."""
    pattern = error.get("ctx", {}).get("pattern")
    return words.get(pattern, str(error["msg"]).removeprefix("Value error, "))
