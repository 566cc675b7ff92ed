import pytest
from gateway.reads.long_poll import preferred_wait


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("wait=5", 5),
        ("respond-async, wait=10", 10),
        ("Wait = 7; foo=bar", 7),
        ('wait="3"', 3),
        ("wait=31", 30),
        ("wait=999999", 30),
        ("wait=0", 0),
        ("wait=0005", 5),
        ("wait=" + "9" * 9_000, 30),
        ("wait=soon, wait=5", 5),
        ("wait=5, wait=6", 5),
        ('foo="a, wait=9", wait=7', 7),
        ('foo="a, wait=9', 0),
        ("respond-async; wait=9", 0),
        ('"\\' * 8_000, 0),
        ("wait=-1", 0),
        ("wait=soon", 0),
        ("wait", 0),
        ("await=5", 0),
        ("", 0),
    ],
)
def test_the_wait_is_read_and_bounded(header: str, seconds: int) -> None:
    assert preferred_wait(header) == seconds
