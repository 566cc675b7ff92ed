"""Card numbers must not enter the system, so whatever a person would read as one is found and refused.

A card number has 13 to 19 digits, the first of which name an issuer and the last of which is right by
the Luhn formula (ISO/IEC 7812-1). It may be written in one piece or in groups, with whatever signs
between them, seen or not, in the digits of any script, escaped as addresses are, and letters may
stand right before and after it.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from itertools import accumulate
from typing import Any
from urllib.parse import unquote_plus

from gateway.http.bodies import Body
from gateway.problems.problem import FieldError, ProblemError, pointer_part

SHORTEST, LONGEST = 13, 19
MOST_SIGNS = 5_000
"""A text with more of them in rows of digits, all taken together, was made to cost time."""

# Issuers of payment cards begin with 3 to 6, Mastercard and Mir also with 22 to 27. The times of our
# days, which clients like to use as keys, begin with 1 or 20, as dates and as milliseconds.
ISSUER = re.compile(r"[3-6]|2[2-7]")
# What is full of digits and means something else: ids in hexadecimal, dates with what is left of a
# time, addresses of IPv4. A word of hexadecimal letters is an id from the length of MongoDB's on, or
# if it has letters at both ends; `Visa4111...` and `ada4111...` are none.
UUID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
HEXADECIMAL = (
    r"(?:(?=[0-9]*[A-Fa-f])(?:[0-9a-f]{24,}|[0-9A-F]{24,})"
    r"|[a-f][0-9a-f]*[a-f]|[A-F][0-9A-F]*[A-F])(?![0-9A-Za-z])"
)
DATE = r"(?:19|20)\d\d[-./][01]\d[-./][0-3]\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)?"
OCTET = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
IPV4 = rf"(?<!\d\.)(?:{OCTET}\.){{3}}{OCTET}(?!\.?\d)"
OTHER = re.compile(rf"(?<![0-9A-Za-z])(?:{UUID}|{HEXADECIMAL}|{DATE}|{IPV4})")
MOST_TRIES = 1_000
"""One in ten is right by chance, so that a text with more candidates holds one, or was made to cost time."""
DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


UNSEEN = frozenset({"Cf", "Me", "Mn"})
"""What only changes how its neighbours look, or is not seen at all."""
FILLERS = frozenset("\u115f\u1160")
"""Letters that are not seen: of Hangul; the other ones are compatible with them."""


def _kind(sign: str) -> str:
    """Return its digit, nothing, `x` if it ends a row, else a blank; several if it stands for several."""
    if not unicodedata.decomposition(sign):
        return _kind_of_one(sign)
    kinds = map(_kind_of_one, unicodedata.normalize("NFKC", sign))  # circled digits, superscripts
    return ENDS.sub("x", "".join(kinds))


def _kind_of_one(sign: str) -> str:
    value = unicodedata.numeric(sign, None)
    if value is not None and value in range(10):
        return str(int(value))
    if unicodedata.category(sign) in UNSEEN or sign in FILLERS:
        return ""
    return "x" if sign.isalpha() else " "


ENDS = re.compile("xx+")
ASCII = {code: _kind(chr(code)) for code in range(128)}
ROW = re.compile(f"x([^x]{{{SHORTEST},}})")
ENDS_OF_STRINGS = str.maketrans('"', "x")


def looks_like_card(text: str) -> bool:
    """Return whether there is anything in the text that could be a card number."""
    return _holds_card(text) or ("%" in text and _holds_card(unquote_plus(text)))


def _holds_card(text: str) -> bool:
    runs = _runs(text)
    if sum(map(len, runs)) > MOST_SIGNS:
        return True
    return _hold_card(runs) and _hold_card(_runs(OTHER.sub("x", text)))


def find_card_number(raw: bytes, body: Any) -> str | None:
    """Return where a JSON body holds a card number, as a JSON pointer; None if it holds none.

    The text is looked through first, since that finds numbers, names of fields and values that a
    repeated name hides; the parsed strings only where the text has escapes.
    """
    text = raw.decode(errors="replace").translate(ENDS_OF_STRINGS)
    if not looks_like_card(text) and "\\" not in text:
        return None
    for pointer, value in _values(body, ""):
        if looks_like_card(value):
            return pointer
    return "" if looks_like_card(text) else None


def passes_luhn(digits: str) -> bool:
    """Return whether the last digit is the check digit of the others."""
    total = sum(map(int, digits[-1::-2])) + sum(DOUBLED[int(digit)] for digit in digits[-2::-2])
    return total % 10 == 0


def _runs(text: str) -> list[str]:
    """Return the rows of digits that are long enough; where they are too many, no more than shows it."""
    runs, signs = [], 0
    for row in ROW.finditer("x" + _plain(text)):
        groups = row[1].split()
        if sum(map(len, groups)) >= SHORTEST:
            runs.append(" ".join(groups))
            signs += len(runs[-1])
        if signs > MOST_SIGNS:
            break
    return runs


def _plain(text: str) -> str:
    """Return the text in digits, blanks and `x`. Each sign is looked at once, for strangers choose them."""
    signs = ASCII if text.isascii() else {ord(sign): _kind(sign) for sign in set(text)}
    return text.translate(signs)


def _hold_card(runs: list[str]) -> bool:
    for tries, digits in enumerate(_candidates(runs), 1):
        if passes_luhn(digits) or tries > MOST_TRIES:
            return True
    return False


def _candidates(runs: list[str]) -> Iterator[str]:
    """Return all digits in a row that have a card number's length and beginning, in whole groups."""
    for run in runs:
        groups = run.split()
        left = sum(map(len, groups))
        for start, first in enumerate(groups):
            if left < SHORTEST:
                break
            left -= len(first)
            after = groups[start + 1] if start + 1 < len(groups) else ""
            if ISSUER.match(first + after):
                yield from _from_group(groups, start)


def _from_group(groups: list[str], start: int) -> Iterator[str]:
    # An expiry date or a check code may well follow.
    for digits in accumulate(groups[start : start + LONGEST]):
        if len(digits) > LONGEST:
            return
        if len(digits) >= SHORTEST:
            yield digits


def _values(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    """Yield every name and every value in a body, with where it is; a name belongs to its object."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield pointer, name
            yield from _values(member, f"{pointer}/{pointer_part(name)}")
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _values(member, f"{pointer}/{index}")
    else:
        yield pointer, value if isinstance(value, str) else json.dumps(value)


def refuse_card_numbers(body: Body) -> None:
    """Refuse a body that holds a card number, wherever it does.

    Raises:
        ProblemError: with a pointer to it.
    """
    pointer = find_card_number(body.raw, body.value)
    if pointer is not None:
        fault = FieldError(pointer, "Looks like a card number.")
        raise ProblemError(
            "card_number_refused", "The body holds what looks like a card number.", errors=[fault]
        )
