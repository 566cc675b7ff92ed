import pytest
from gateway.orders.preferences import preferred_wait


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
        ("wait=-1", 0),
        ("wait=soon", 0),
        ("wait", 0),
        ("await=5", 0),
        ("", 0),
    ],
)
def test_the_wait_is_read_and_bounded(header: str, seconds: int) -> None:
    assert preferred_wait(header) == seconds
