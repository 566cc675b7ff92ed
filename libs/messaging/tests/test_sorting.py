"""What no table names is sorted by its status, and a neighbour's words are fit to be shown."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from messaging import NoAnswerError, RefusedError, Sort, TryAgainError, reason_of
from messaging.commands.answers import LONGEST_REASON, words_of
from messaging.commands.sorting import sort
from servicekit import seconds_of

TRY_AGAIN = {401, 403, 407, 408, 409, 425, 429, 503}


def test_a_status_that_no_table_names():
    expected = dict.fromkeys(range(100, 600), Sort.UNKNOWN)
    expected |= dict.fromkeys(range(200, 300), Sort.DONE)
    expected |= dict.fromkeys(range(400, 500), Sort.FINAL)
    expected |= dict.fromkeys(TRY_AGAIN, Sort.TRY_AGAIN)
    assert {status: sort({}, status) for status in expected} == expected


def test_a_table_goes_by_the_most_telling_name_first():
    table = {(400, "big"): Sort.NO, (400, ""): Sort.TRY_AGAIN}
    assert sort(table, 400, ["big", "other"]) is Sort.NO
    assert sort(table, 400, ["other", "big"]) is Sort.NO
    assert sort(table, 400, ["other"]) is Sort.TRY_AGAIN
    assert sort(table, 422, ["big"]) is Sort.FINAL


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0),
        ("12", 12),
        (" 12 ", 12),
        ("999999999999", 300),
        ("9" * 400, None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("nan", None),
        ("\N{ARABIC-INDIC DIGIT ONE}", None),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 -0000", 300),
        ("Fri, 99 Dec 1999 23:59:59 GMT", None),
    ],
)
def test_how_long_a_neighbour_wants_to_be_left_alone(header, seconds):
    assert seconds_of(header, 300) == seconds


def test_a_date_says_it_too():
    soon = datetime.now(UTC) + timedelta(seconds=60)
    assert 50 < (seconds_of(format_datetime(soon, usegmt=True), 300) or 0) <= 60


def test_a_reason_is_short_storable_and_tells_nothing_of_the_request():
    message = reason_of(
        "No\x00 such\n street: 1 Mill Lane, \ud800 Ada", ("1 Mill Lane", "Ada", "1")
    )
    assert message == "No\N{REPLACEMENT CHARACTER} such street: (masked), ? (masked)"
    assert len(reason_of("x" * 5000)) == LONGEST_REASON


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RefusedError("404: no such intent"), "404: no such intent"),
        (TryAgainError("429: slower", 3), "429: slower"),
        (NoAnswerError("500: a bad day"), "500: a bad day"),
        (ConnectionError("reset"), "ConnectionError('reset')"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad byte"), "bad byte"),
    ],
)
def test_the_words_for_a_failed_try(error, words):
    assert words_of(error) == words
