"""Which client has a place, which makes room, and that health is always answered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
from servicekit.http import crowd as crowds
from servicekit.http.crowd import Crowd
from servicekit.http.open_files import BACKLOG, BESIDE, divide
from servicekit.http.protocol import StrictProtocol
from servicekit.log_dedup import LogThrottle
from testkit.raw_http import answers
from testkit.serving import served
from testkit.waiting import until

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
OTHER = b"GET /other HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


class SomeLine:
    """A line that is told to go."""

    def __init__(self, crowd: Crowd, unread: int = 0) -> None:
        self.crowd, self.unread, self.gone = crowd, unread, False

    def give_way(self) -> None:
        self.gone = True
        self.crowd.leave(self)

    def unread_bytes(self) -> int:
        return self.unread

    def check(self, now: float) -> None:
        pass


def entered(crowd: Crowd, host: str) -> tuple[SomeLine, bool]:
    line = SomeLine(crowd)
    return line, crowd.enter(line, host)


async def test_the_longest_idle_line_makes_room() -> None:
    crowd = Crowd(3)
    (first, _), (second, _), (third, _) = (entered(crowd, "a") for _ in range(3))
    crowd.busy(first)
    assert entered(crowd, "b")[1]
    assert [line.gone for line in (first, second, third)] == [False, True, False]
    crowd.idle(first)
    assert entered(crowd, "b")[1]
    assert entered(crowd, "b")[1]
    assert [line.gone for line in (first, second, third)] == [False, True, True]


async def test_where_everybody_is_being_answered_a_newcomer_is_a_guest() -> None:
    crowd = Crowd(2)
    lines = [entered(crowd, "a")[0] for _ in range(2)]
    for line in lines:
        crowd.busy(line)
    guests = [entered(crowd, "b") for _ in range(crowds.GUESTS + 1)]
    assert not any(has_place for _, has_place in guests)
    assert [guest.gone for guest, _ in guests] == [True] + [False] * crowds.GUESTS
    crowd.leave(lines[0])
    assert entered(crowd, "b")[1]


async def test_one_address_has_a_share_and_a_proxy_has_none() -> None:
    crowd = Crowd(100, 2, "10.0.0.1".__eq__)
    mine = [entered(crowd, "2001:db8::1")[0], entered(crowd, "2001:db8::2")[0]]
    assert entered(crowd, "2001:db8:0:0:1::")[1]
    assert [line.gone for line in mine] == [True, False]
    crowd.busy(mine[1])
    assert all(entered(crowd, "10.0.0.1")[1] for _ in range(50))
    assert entered(crowd, "2001:db8:0:1::1")[1]


async def test_an_address_that_has_one_place_only_has_it_again() -> None:
    crowd = Crowd(100, 1)
    first, second = entered(crowd, "a")[0], entered(crowd, "a")[0]
    assert (first.gone, second.gone) == (True, False)
    crowd.busy(second)
    assert not entered(crowd, "a")[1]
    assert entered(crowd, "b")[1]


async def test_who_holds_most_goes_when_all_hold_too_much() -> None:
    crowd = Crowd(100)
    large, small, done = (entered(crowd, "a")[0] for _ in range(3))
    crowd.hold(done, crowds.MAX_HELD_BYTES - 10)
    crowd.busy(done)
    crowd.hold(large, crowds.MAX_HELD_BYTES - 10)
    crowd.hold(small, 10)
    assert not large.gone
    crowd.hold(small, 1)
    assert (large.gone, small.gone, done.gone) == (True, False, False)
    crowd.hold(small, crowds.MAX_HELD_BYTES - 20)
    assert not small.gone


async def test_who_leaves_most_unread_goes_when_all_leave_too_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(crowds, "LOOK_EVERY_S", 0.01)
    crowd = Crowd(100)
    lines = [SomeLine(crowd, unread) for unread in (20 << 20, 11 << 20, 12 << 20)]
    for line in lines:
        crowd.enter(line, "a")
    await until("one has gone", lambda: any(line.gone for line in lines))
    assert [line.gone for line in lines] == [True, False, False]


def test_files_are_shared_out() -> None:
    assert divide(4000 + BACKLOG + BESIDE, 4000).connections == 4000
    few = divide(1024, 4000)
    assert few.connections + few.backlog + BESIDE <= 1024
    assert few.connections > 400


def test_what_happens_again_and_again_is_reported_sparingly() -> None:
    now = 0.0
    throttle = LogThrottle(lambda: now)
    assert [throttle.turn("a"), throttle.turn("b"), throttle.turn("a"), throttle.turn("a")] == [
        0,
        0,
        None,
        None,
    ]
    now = 10.0
    assert [throttle.turn("a"), throttle.turn("a")] == [2, None]


class Shop:
    """Answers at once, but at `/other` only once it may."""

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()
        self.asked = 0

    async def __call__(self, scope, _receive, send) -> None:
        self.asked += 1
        if scope["path"] == "/other":
            await self.may_answer.wait()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})


@asynccontextmanager
async def crowded(shop: Shop, most: int, *, sent: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server full of clients, each of which sends `said` and waits; and what they receive."""
    http, received = partial(StrictProtocol, Crowd(most)), []
    async with served(shop, http=http, lifespan="off", loop="none") as url:
        port = int(url.rpartition(":")[2])
        lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(most)]
        for _, writer in lines:
            writer.write(sent)

        async def listen(reader: asyncio.StreamReader) -> None:
            received.append(await reader.read())

        listening = [asyncio.create_task(listen(reader)) for reader, _ in lines]
        yield url, received
        shop.may_answer.set()
        for _, writer in lines:
            writer.close()
        await asyncio.gather(*listening, return_exceptions=True)


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nX-Slow: "], ids=["silent", "slow"])
async def test_who_says_nothing_keeps_nobody_out(sent: bytes) -> None:
    shop = Shop()
    shop.may_answer.set()
    async with crowded(shop, 20, sent=sent) as (url, _):
        for _ in range(30):
            assert [one.status for one in await answers(url, OTHER)] == [204]


async def test_health_is_reported_though_everybody_is_being_answered() -> None:
    shop = Shop()
    async with crowded(shop, 20, sent=OTHER) as (url, consumed):
        await until("everybody is being answered", lambda: shop.asked == 20)
        for _ in range(3):
            assert [one.status for one in await answers(url, HEALTH)] == [204]
            (refusal,) = await answers(url, OTHER)
            assert (refusal.status, refusal.headers["connection"]) == (503, "close")
        assert consumed == []
