"""A request is read to its end, within bounds, and answered once."""

import asyncio
import json

import pytest
from echoing import LAST, Echo, answered_with, get, statuses
from servicekit.http import crowd, protocol
from servicekit.http.protocol import StrictProtocol
from testkit.raw_http import answers, exchange, split
from testkit.waiting import until


async def test_a_trailer_is_not_merged_into_the_header_nor_into_the_next_one(url: str) -> None:
    chunked = get("/", "Host: a", "Transfer-Encoding: chunked", "Trailer: x-late", method="POST")
    trailer = b"2\r\nhi\r\n0\r\nX-Late: 1\r\nAuthorization: Bearer x\r\n\r\n"
    first, second = await answered_with(url, chunked + trailer, LAST)
    assert json.loads(first[1])["body"] == "hi"
    for _, body in (first, second):
        assert {"x-late", "authorization"}.isdisjoint(dict(json.loads(body)["headers"]))


@pytest.mark.parametrize("endless", [b"X-Late: ", b"5;ext="], ids=["trailer", "extension"])
async def test_what_has_no_end_is_given_up(url: str, endless: bytes) -> None:
    chunked = get("/", "Host: a", "Transfer-Encoding: chunked", method="POST")
    size = b"0\r\n" if endless.startswith(b"X") else b""
    assert await statuses(url, chunked, size + endless, *[b"a" * 20_000] * 4) == [431]


async def test_trailers_are_counted_with_the_header(url: str) -> None:
    chunked = get("/", "Host: a", "Transfer-Encoding: chunked", method="POST")
    trailers = [b"X-Many: " + b"a" * 900 + b"\r\n"] * 40
    assert await statuses(url, chunked, b"0\r\n", *trailers) == [431]


async def test_a_good_request_is_answered_before_garbage_is_refused(url: str, echo: Echo) -> None:
    asking = asyncio.create_task(statuses(url, get("/hold", "Host: a") + b"garbage\r\n\r\n"))
    await until("it is being answered", lambda: echo.begun)
    echo.may_answer.set()
    assert await asking == [200, 400]
    assert await statuses(url, get("/", "Host: a") * 3 + b"garbage\r\n\r\n") == [200, 200, 200, 400]


async def test_a_request_whose_body_is_wrong_has_one_answer(url: str, echo: Echo) -> None:
    chunked = get("/", "Host: a", "Transfer-Encoding: chunked", method="POST")
    assert await statuses(url, chunked + b"zz\r\n") == [400]
    assert await statuses(url, get("/", "Host: a") + chunked, b"2\r\nhi\r\n", b"zz") == [200, 400]
    early = chunked.replace(b"POST / ", b"POST /unread ")
    assert await statuses(url, early + b"2\r\nhi\r\n", b"zz\r\n") in ([200], [400])
    assert echo.left.count("/unread") == 0


async def test_who_sends_more_than_it_waits_for_is_stopped(url: str) -> None:
    answered = await statuses(url, *[get("/", "Host: a") * 1000] * 3)
    assert answered[-1] == 400
    assert 100 < len(answered) < 1000


async def test_who_hangs_up_is_noticed_though_it_had_asked_for_more(url: str, echo: Echo) -> None:
    port = int(url.rpartition(":")[2])
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(get("/hold", "Host: a") + get("/", "Host: a"))
    await until("the first is being answered", lambda: echo.begun)
    writer.close()
    await until("its answer is given up", lambda: echo.left)
    assert echo.left == echo.begun == ["/hold"]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("upgrade", ["h2c", "websocket, h2c"])
async def test_a_request_whose_upgrade_is_declined_is_a_request_as_any(
    url: str, method: str, upgrade: str
) -> None:
    lines = ("Host: a", "Connection: Upgrade", f"Upgrade: {upgrade}", "Content-Length: 40")
    smuggled = get("/smuggled", "Host: a").ljust(40, b"!")
    sent = get("/", *lines, method=method) + smuggled
    first, second, third = await answered_with(url, sent * 2, LAST)
    for _, body in (first, second):
        assert json.loads(body)["body"] == smuggled.decode()
    assert json.loads(third[1])["path"] == "/last"


async def test_head_has_no_body_though_it_is_refused(url: str) -> None:
    (answer,) = await answers(url, get("/", method="HEAD"), methods=("HEAD",))
    assert (answer.status, answer.body) == (400, b"")


async def test_only_who_can_wait_gets_100_continue(url: str) -> None:
    expecting = ("Host: a", "Content-Length: 2", "Expect: 100-continue", "Connection: close")
    for version, interim in (("1.1", True), ("1.0", False)):
        sent = get("/", *expecting, method="POST", version=version)
        answer = await exchange(url, sent, b"hi")
        assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\n") == interim
        assert [one.status for one in split(answer)] == [200]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ((), []),
        ((b"\r\n\r\n",), []),
        ((b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ",), [408]),
        ((get("/", "Host: a", "Content-Length: 3", method="POST"), b"a"), [408]),
        ((get("/unread", "Host: a", "Content-Length: 3", method="POST"), b"a"), [200]),
        ((get("/", "Host: a"), b"GET /"), [200, 408]),
    ],
    ids=["silence", "blank lines", "head", "body", "body of an answered one", "second head"],
)
async def test_who_takes_too_long_gets_a_timeout(
    url: str, monkeypatch: pytest.MonkeyPatch, sent: tuple[bytes, ...], expected: list[int]
) -> None:
    for bound in ("HEAD_S", "BODY_S", "LINGER_S"):
        monkeypatch.setattr(protocol, bound, 0.1)
    assert await statuses(url, *sent) == expected


async def test_an_answer_may_take_longer_than_a_request(
    url: str, echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEAD_S", 0.1)
    monkeypatch.setattr(protocol, "BODY_S", 0.1)
    looks: list[float] = []
    monkeypatch.setattr(crowd, "LOOK_EVERY_S", 0.05)
    check = StrictProtocol.check
    monkeypatch.setattr(
        StrictProtocol, "check", lambda it, now: (looks.append(now), check(it, now))
    )
    asking = asyncio.create_task(statuses(url, get("/hold", "Host: a") + b"GET /"))
    await until("it has been looked at for long", lambda: looks and looks[-1] - looks[0] > 0.5)
    assert not asking.done()
    echo.may_answer.set()
    assert await asking == [200, 408]


async def test_strangers_do_not_fill_the_log(
    url: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    monkeypatch.setattr(protocol.log, "info", lambda event, **_: lines.append(event))
    monkeypatch.setattr(protocol, "_SAID", protocol.LogThrottle())
    for _ in range(30):
        assert await statuses(url, b"garbage\r\n\r\n") == [400]
    assert lines == ["request_rejected_unread"]
    assert caplog.records == []
