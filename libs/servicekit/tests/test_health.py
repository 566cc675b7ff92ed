import asyncio
import signal
import time
from contextlib import suppress
from types import SimpleNamespace

import httpx
import pytest
from servicekit import CannotStartError, Health, serve_health
from starlette.applications import Starlette
from testkit.waiting import until


async def fine() -> None:
    return None


async def broken() -> str:
    return "out of paper"


async def failing() -> None:
    raise ConnectionRefusedError("no server there")


async def hanging() -> None:
    """Hangs, and goes on hanging when it is told to stop, as a driver may whose server froze."""
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(4)
            raise


async def test_a_check_is_fine_or_says_what_is_wrong():
    health = Health()
    health.add("till", fine)
    health.add("printer", broken)
    health.add("network", failing)
    assert await health.report() == {
        "till": "ok",
        "printer": "out of paper",
        "network": "ConnectionRefusedError: no server there",
    }


async def test_what_a_process_can_do_without_degrades_it_only():
    health = Health()
    health.add("till", fine)
    health.add("printer", broken, required=False)
    (_, readyz, _) = health.routes()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(Starlette(routes=[readyz])), base_url="http://shop"
    ) as http:
        answer = await http.get("/readyz")
        assert (answer.status_code, answer.json()["ready"]) == (200, True)
        assert answer.json()["degraded"] == ["printer"]
        health.add("scales", broken)
        health._outdated_at = float("-inf")
        answer = await http.get("/readyz")
        assert (answer.status_code, answer.json()["ready"]) == (503, False)
        assert answer.json()["degraded"] == ["printer"]


async def test_a_check_that_hangs_is_given_two_seconds_and_asked_once():
    asked = 0

    async def counted() -> None:
        nonlocal asked
        asked += 1
        await hanging()

    health = Health()
    health.add("till", counted)
    health.add("drawer", fine)
    async with asyncio.timeout(40):  # who hangs does so for 60
        report = await health.report()
        health._outdated_at = float("-inf")
        assert await health.report() == report
    assert report == {"till": "no answer within 2 s", "drawer": "ok"}
    assert asked == 1


async def of_a_task_that_was_cancelled() -> None:
    inner = asyncio.create_task(asyncio.sleep(60))
    asyncio.get_running_loop().call_soon(inner.cancel)
    await inner


async def in_a_group() -> None:
    raise BaseExceptionGroup("two at once", [asyncio.CancelledError(), OSError("and this")])


async def ending_the_process() -> None:
    raise SystemExit(3)


async def not_to_be_sent() -> str:
    return "\udcff" + 1000 * "!"


async def not_to_be_shown() -> None:
    class Mute(Exception):  # noqa: N818
        def __str__(self) -> str:
            raise ValueError

    raise Mute


@pytest.mark.parametrize(
    ("check", "reported"),
    [
        (of_a_task_that_was_cancelled, "CancelledError: "),
        (in_a_group, "BaseExceptionGroup: two at once (2 sub-exceptions)"),
        (ending_the_process, "SystemExit: 3"),
        (not_to_be_sent, "?" + 299 * "!"),
        (not_to_be_shown, "Mute: it cannot be told for ValueError"),
    ],
)
async def test_whatever_a_check_does_readiness_answers(check, reported):
    health = Health()
    health.add("till", check)
    health.add("drawer", fine)
    (_, readyz, _) = health.routes()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(Starlette(routes=[readyz])), base_url="http://shop"
    ) as http:
        answer = await http.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"till": reported, "drawer": "ok"}


async def test_a_check_that_is_cancelled_ends_nobody_who_waits_for_it_and_is_asked_anew(
    monkeypatch,
):
    monkeypatch.setattr("servicekit.question.TIMEOUT_S", 0.05)
    hung = asyncio.Event()

    async def until_it_goes_on() -> None:
        if not hung.is_set():
            await asyncio.sleep(60)

    health = Health()
    health.add("till", until_it_goes_on)
    for _ in range(3):
        reports = await asyncio.gather(*(health.report() for _ in range(3)))
        assert [report["till"] for report in reports] == 3 * ["no answer within 0 s"]
        health._outdated_at = float("-inf")
    hung.set()

    async def is_fine() -> bool:
        return (await health.report())["till"] == "ok"

    await until("it has recovered", is_fine)


async def test_a_check_that_never_ends_is_forgotten_and_asked_anew(monkeypatch):
    monkeypatch.setattr("servicekit.question.TIMEOUT_S", 0.05)
    monkeypatch.setattr("servicekit.question.FORGET_AFTER_S", 0.3)
    asked = 0
    let_go = asyncio.Event()

    async def never_at_first() -> None:
        nonlocal asked
        asked += 1
        while asked == 1 and not let_go.is_set():
            with suppress(asyncio.CancelledError):
                await let_go.wait()

    health = Health()
    health.add("till", never_at_first)
    assert (await health.report())["till"] != "ok"

    async def is_fine() -> bool:
        return (await health.report())["till"] == "ok"

    await until("it was asked again", is_fine)
    assert asked == 2
    let_go.set()


async def test_while_an_answer_is_overdue_nobody_waits_for_it_again():
    health = Health()
    health.add("till", hanging)
    await health.report()
    health._outdated_at = float("-inf")
    began = time.monotonic()
    assert await health.report() == {"till": "no answer within 2 s"}
    assert time.monotonic() - began < 1.5


async def test_many_who_ask_at_once_cost_one_question():
    asked = 0

    async def counted() -> None:
        nonlocal asked
        asked += 1

    health = Health()
    health.add("till", counted)
    await asyncio.gather(*(health.report() for _ in range(50)))
    assert asked == 1


async def test_what_gets_ready_is_seen_at_once_and_what_is_ready_is_believed_for_a_second(
    monkeypatch,
):
    clock = SimpleNamespace(now=0.0, monotonic=lambda: clock.now)
    monkeypatch.setattr("servicekit.health.time", clock)
    answers = ["not yet", "almost", None, "gone again"]

    async def changing() -> str | None:
        return answers.pop(0)

    health = Health()
    health.add("till", changing)
    seen = []
    for clock.now in (0.0, 0.05, 0.15, 0.3, 1.2, 1.4):
        report = await health.report()
        seen.append(report["till"])
    assert seen == ["not yet", "not yet", "almost", "ok", "ok", "gone again"]


async def test_a_note_is_shown_and_makes_nobody_unwell(free_port):
    health = Health()
    health.add("till", fine)
    notes: list[str] = []
    health.note("passed over", lambda: ", ".join(notes) or None)
    async with (
        serve_health(health, "127.0.0.1", free_port),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{free_port}") as client,
    ):
        quiet = await client.get("/readyz")
        notes.append("a coin of a country that is unknown")
        noted = await client.get("/readyz")
    assert "notes" not in quiet.json()
    assert noted.status_code == 200
    assert noted.json()["notes"] == {"passed over": "a coin of a country that is unknown"}
    assert noted.json()["degraded"] == []


async def test_readiness_is_served_with_its_reasons(free_port):
    health = Health()
    health.add("till", fine)
    async with (
        serve_health(health, "127.0.0.1", free_port),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{free_port}") as client,
    ):
        alive = await client.get("/healthz")
        ready = await client.get("/readyz")
        health.add("printer", broken)
        health._outdated_at = float("-inf")
        not_ready = await client.get("/readyz")
    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    assert ready.status_code == 200
    assert ready.json() == {"ready": True, "degraded": [], "checks": {"till": "ok"}}
    assert not_ready.status_code == 503
    assert not_ready.json() == {
        "ready": False,
        "degraded": [],
        "checks": {"till": "ok", "printer": "out of paper"},
    }


async def test_signals_stay_the_workers_own_business(free_port):
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    async with (
        serve_health(Health(), "127.0.0.1", free_port),
        httpx.AsyncClient() as client,
    ):
        await client.get(f"http://127.0.0.1:{free_port}/healthz")
        during = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    assert during == before


async def test_the_port_is_free_again_afterwards(free_port):
    for _ in range(2):
        async with serve_health(Health(), "127.0.0.1", free_port):
            pass


async def test_a_port_that_somebody_has_is_named(free_port):
    async with serve_health(Health(), "127.0.0.1", free_port):
        with pytest.raises(CannotStartError, match=rf"127\.0\.0\.1:{free_port} \(HTTP_HOST, HTTP"):
            async with serve_health(Health(), "127.0.0.1", free_port):
                pass


async def test_the_work_that_fails_inside_is_not_hidden(free_port):
    with pytest.raises(ValueError, match="out of stock"):
        async with serve_health(Health(), "127.0.0.1", free_port):
            raise ValueError("out of stock")


@pytest.mark.parametrize("host", ["203.0.113.7", "nowhere.invalid"])
async def test_a_host_that_is_not_this_machine_is_refused(free_port, host):
    with pytest.raises(CannotStartError, match=f"cannot listen on {host}:{free_port}"):
        async with serve_health(Health(), host, free_port):
            pass
