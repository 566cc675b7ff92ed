import json
import random
import time
import uuid
from typing import Any

import pytest
from gateway.http.bodies import MAX_BYTES
from gateway.http.card_numbers import MOST_SIGNS, find_card_number, looks_like_card, passes_luhn
from hypothesis import given
from hypothesis import strategies as st

VISA = "4111111111111111"
ISSUERS = st.sampled_from(["30", "34", "37", "40", "51", "60", "2200", "2221", "2720"])
OTHERS = st.sampled_from(["0", "1", "20", "21", "28", "7", "8", "9"])
REST = st.text("0123456789", min_size=11, max_size=14)
DIGITS = st.tuples(ISSUERS, REST).map("".join)
SEPARATORS = st.sampled_from(["", " ", "-", "\u00a0"])
WORDS = st.sampled_from(["", "card ", "pay with ", "tok_", "(", '"'])


def with_check_digit(digits: str) -> str:
    return next(digits + last for last in "0123456789" if passes_luhn(digits + last))


def found(body: Any) -> str | None:
    raw = json.dumps(body).encode()
    return find_card_number(raw, json.loads(raw))


@given(DIGITS, SEPARATORS, WORDS, st.integers(2, 6))
def test_every_number_with_a_right_check_digit_is_found(
    digits: str, separator: str, before: str, size: int
) -> None:
    number = with_check_digit(digits)
    starts = range(0, len(number) - 1, size)
    groups = [number[start : start + size] for start in starts]
    if len(number) % size == 1:  # no group of one digit
        groups[-1] += number[-1]
    assert looks_like_card(f"{before}{separator.join(groups)}, thanks")


@pytest.mark.parametrize(
    "text",
    [
        f"Visa{VISA}",
        f"ada{VISA}",
        f"tok_{VISA}x",
        "4111.1111.1111.1111",
        "4111_1111_1111_1111",
        "4111/1111/1111/1111",
        "4111,1111,1111,1111",
        "4111:1111:1111:1111",
        "4111 - 1111 - 1111 - 1111",
        "4111\u2009111\u200911111\u20091111",
        "4111\u20131111\u20131111\u20131111",
        "4111\u200b1111\u200b1111\u200b1111",
        " ".join(VISA),
        "".join(chr(0xFF10 + int(digit)) for digit in VISA),
        "".join(chr(0x0660 + int(digit)) for digit in VISA),
        "".join(f"{digit}\ufe0f\u20e3" for digit in VISA),
        "".join(chr(0x1D7CE + int(digit)) for digit in VISA),
        "".join("\u24ea\u2776\u2777\u2778\u2779"[int(digit)] for digit in VISA),
        "".join("\u3007\u4e00\u4e8c\u4e09\u56db"[int(digit)] for digit in VISA),
        "".join("\u96f6\u58f9\u8cb3\u53c3\u8086"[int(digit)] for digit in VISA),
        "4111     1111     1111     1111",
        "4111 ---- 1111 ---- 1111 ---- 1111",
        "(4111) - (1111) - (1111) - (1111)",
        "[4111] [1111] [1111] [1111]",
        '"4111" "1111" "1111" "1111"',
        ("\u200b" * 9).join(VISA),
        "".join(digit + "\u0336" * 9 for digit in VISA),
        "4111\u31641111\uffa01111\u115f1111",
        "4111%201111%201111+1111",
        "%34111111111111111",
        f"2026-11-26 12:00 {VISA}",
    ],
)
def test_what_a_person_would_read_as_a_card_number_is_one(text: str) -> None:
    assert looks_like_card(text)
    assert found({"name": text}) == "/name"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-26 12:34:09.103456",
        "2026-11-26T12:34:09.103456Z, 2026-11-27T12:34:09.103456Z",
        "http://40.112.233.144:44321/hook",
        "ord_0193654b41111111111111111a4b1c2d",
        "5f43a1b2c4111111111111e1",
        "tok_f4111111111111111cd",
    ],
)
def test_what_is_something_else_is_left_alone(text: str) -> None:
    assert not looks_like_card(text)


def test_ids_in_hexadecimal_are_left_alone() -> None:
    chance = random.Random(1)
    assert not [one for one in range(50_000) if looks_like_card(f"{chance.getrandbits(128):032x}")]


@pytest.mark.parametrize(
    "text",
    [
        "4 ",
        "4 0 0 0 0 0 0 0 0 0 0 1 x ",
        "1 ",
        "44 ",
        "4",
        "2026-11-26 ",
        "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}",
    ],
)
def test_a_text_that_is_made_to_cost_time_costs_little(text: str) -> None:
    started = time.process_time()
    looks_like_card(text * (MAX_BYTES // len(text.encode())))
    assert time.process_time() - started < 0.25


def test_a_row_of_digits_is_looked_at_to_its_end() -> None:
    junk = "1" * (MOST_SIGNS - 20)
    assert not looks_like_card(junk)
    assert looks_like_card(junk + " 4111111111111111")


@given(DIGITS)
def test_a_wrong_check_digit_is_no_card_number(digits: str) -> None:
    right = with_check_digit(digits)
    wrong = right[:-1] + str((int(right[-1]) + 1) % 10)
    assert not looks_like_card(wrong)


@given(st.tuples(OTHERS, st.text("0123456789", min_size=12, max_size=16)).map("".join))
def test_a_number_of_no_issuer_is_no_card_number(digits: str) -> None:
    assert not looks_like_card(with_check_digit(digits))


@pytest.mark.parametrize("text", ["1764199999103", "20261126123409"])
def test_a_time_is_no_card_number(text: str) -> None:
    assert not looks_like_card(text)


@given(st.uuids())
def test_a_uuid_is_no_card_number(some: uuid.UUID) -> None:
    assert not looks_like_card(f"pm_{some}")


def test_an_id_in_hexadecimal_is_no_card_number() -> None:
    assert not looks_like_card(f"tok_a{VISA}b")


@pytest.mark.parametrize("text", ["4111 1111 1111 1111 12", "no 07/26 4111-1111-1111-1111 123"])
def test_a_card_number_is_found_among_other_digits(text: str) -> None:
    assert looks_like_card(text)


@pytest.mark.parametrize("text", ["", "12", "20 7946 0958", "85123A", "1234567890123456"])
def test_other_numbers_are_left_alone(text: str) -> None:
    assert not looks_like_card(text)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"payment": {"token": VISA}}, "/payment/token"),
        ({"lines": [{}, {"note": "4111 1111 1111 1111"}]}, "/lines/1/note"),
        ({"number": int(VISA)}, "/number"),
        ({"a/b~c": VISA}, "/a~1b~0c"),
        ({"deep": {VISA: True}}, "/deep"),
        ({"escaped": "\n" + VISA}, "/escaped"),
    ],
)
def test_the_pointer_says_where_the_number_is(body: Any, pointer: str) -> None:
    assert found(body) == pointer


def test_a_number_written_with_escapes_is_found() -> None:
    raw = b'{"token": "\\u0034111111111111111"}'
    assert find_card_number(raw, json.loads(raw)) == "/token"


def test_a_number_hidden_by_a_repeated_name_is_found() -> None:
    raw = b'{"token": "4111111111111111", "token": "tok_visa"}'
    assert find_card_number(raw, json.loads(raw)) == ""


def test_a_body_without_card_numbers_passes() -> None:
    assert (
        found({"lines": [{"sku": "85123A", "quantity": 6}], "note": "call\n020 7946 0958"}) is None
    )
