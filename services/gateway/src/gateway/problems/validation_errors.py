"""What a model finds wrong with a body or a query, in words for its sender."""

from collections.abc import Mapping
from itertools import takewhile
from typing import Any

from events import patterns
from events.limits import PAYMENT_TOKEN_MAX, SKU_MAX
from pydantic import ValidationError
from servicekit.sentences import sentence

from gateway.countries import COUNTRY
from gateway.problems.problem import FieldError, pointer_part

MOST_FAULTS = 100
"""A body can be wrong in more places than anybody reads about."""
LONGEST_NAME = 100


def field_errors(error: ValidationError) -> list[FieldError]:
    """Return what is wrong, part by part; of the request only names of fields are repeated.

    Of `MOST_FAULTS`, for a refusal must not be larger than what is refused.
    """
    told = error.errors(include_input=False, include_url=False)[:MOST_FAULTS]
    return [FieldError(pointer_to(item["loc"]), in_words(item)) for item in told]


def in_words(item: Mapping[str, Any]) -> str:
    """Return one thing that is wrong, as a sentence."""
    return sentence(WORDS_FOR.get(item["type"]) or patterns.in_words(item, WORDS))


def pointer_to(location: tuple[Any, ...]) -> str:
    """Return where something is, up to the first name that is too long to repeat."""
    names = takewhile(lambda name: len(name) <= LONGEST_NAME, map(str, location))
    return "".join(f"/{pointer_part(name)}" for name in names)


PAYMENT_TOKEN = rf"^[!-~]{{1,{PAYMENT_TOKEN_MAX}}}$"
ANY_TWO = patterns.COUNTRY
"""What the events take; the contract names the codes that there are."""
LIKE_A_SKU = rf"^[A-Za-z0-9 _.-]{{0,{SKU_MAX}}}$"

WORDS = {pattern: words for pattern, words in patterns.WORDS.items() if pattern != ANY_TWO} | {
    PAYMENT_TOKEN: (
        f"A payment token has 1 to {PAYMENT_TOKEN_MAX} printable ASCII characters, and no spaces"
    ),
    COUNTRY: "A country is a code that ISO 3166-1 assigns, in capital letters, such as GB",
    LIKE_A_SKU: (
        f"This is the SKU to go on after: at most {SKU_MAX} letters (A-Z, a-z), digits, spaces, dots, "
        "hyphens or underscores"
    ),
}
"""What each pattern asks for."""

WORDS_FOR = {
    "model_type": "This has to be an object",
    "string_unicode": "This is no Unicode text: it has half of a surrogate pair",
}
"""What is told in words of Python otherwise, by the type of error."""
