"""What of a stranger's request goes on to an upstream, and so into the cache in front of it."""

import pytest
from gateway.upstreams.forwarding import handed_on
from starlette.datastructures import Headers


def of(*fields: tuple[str, str]) -> dict[str, str]:
    return handed_on(Headers(raw=[(name.encode(), value.encode()) for name, value in fields]))


def test_what_an_upstream_can_use_is_handed_on_and_nothing_else() -> None:
    sent = [
        ("accept", "a/b"),
        ("accept", "c/d"),
        ("user-agent", "x"),
        ("x-any", "1"),
        ("range", "x"),
    ]
    assert of(*sent) == {"accept": "a/b, c/d"}


def test_what_the_connection_names_is_its_own() -> None:
    assert of(("connection", "close, Accept"), ("accept", "a/b"), ("pragma", "no-cache")) == {
        "pragma": "no-cache"
    }


@pytest.mark.parametrize("value", ["Pr\u00fcfer", "x" * 501, "de;q=4111111111111111", "a\x00b", ""])
def test_a_value_that_says_nothing_of_the_kind_counts_as_none(value: str) -> None:
    assert of(("accept-language", value), ("accept", "a/b")) == {"accept": "a/b"}


def test_names_in_other_letters_are_no_trouble() -> None:
    assert of(("connection", "\u00fc"), ("accept", "a/b")) == {"accept": "a/b"}
