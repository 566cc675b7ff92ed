"""A release with a bug sets events aside; once it is repaired, operators have them handled."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from e2e.faults import replaced, stopped
from e2e.shop import Shop
from e2e.waiting import until
from orderstream.cli import app
from typer.testing import CliRunner, Result

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]
Run = Callable[..., Awaitable[Result]]
WORKERS = ("inventory-worker", "inventory-worker-2")
BUGGY = {"PYTHONPATH": str(Path(__file__).parent / "buggy")}
TRIPS_AFTER = 10
LETTER = re.compile(r"inventory:\d+")


@pytest.fixture
def run(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command against the system, in a thread: a command has a loop of its own."""
    monkeypatch.setenv("ORDERSTREAM_STATE_DIR", str(shop.system.settings.state_dir))
    return lambda *told: asyncio.to_thread(CliRunner().invoke, app, ["dead-letters", *told])


@asynccontextmanager
async def a_buggy_release(shop: Shop) -> AsyncIterator[None]:
    """For as long as the block lasts, inventory can handle nothing."""
    async with stopped(shop.system, WORKERS[1]), replaced(shop.system, {WORKERS[0]: BUGGY}):
        yield


async def all_held(shop: Shop, order_ids: list[str]) -> None:
    async def are_held() -> bool:
        return {await shop.status(one) for one in order_ids} == {"held"}

    await until("the orders are held", are_held)


async def test_an_order_is_held_until_its_letter_is_redriven_and_then_ends(
    shop: Shop, run: Run
) -> None:
    async with a_buggy_release(shop):
        order_ids = [await shop.place(name="Ada Secret") for _ in range(3)]
        await all_held(shop, order_ids)
        failed = await run("redrive", "--service", "inventory", "--reason", "too early")
        assert failed.exit_code == 1
        assert failed.stdout.count("failed: KeyError: 'shelf'") == len(order_ids)
    listed = await run("list")
    letters = LETTER.findall(listed.stdout)
    assert all(order_id in listed.stdout for order_id in order_ids)
    assert "PaymentAuthorized" in listed.stdout
    assert (await run("redrive", letters[0], "--reason", "see", "--dry-run")).exit_code == 0
    assert {await shop.status(order_id) for order_id in order_ids} == {"held"}

    redriven = await run("redrive", *letters[:3], "--reason", "repaired", "--operator", "grace")
    assert redriven.exit_code == 0, redriven.output
    assert redriven.stdout.count("redriven") == len(order_ids)
    ends = [await shop.end(order_id) for order_id in order_ids]
    assert {end["status"] for end in ends} == {"completed"}

    shown = await run("show", letters[0])
    assert "grace asked to redrive it (repaired): redriven" in shown.stdout
    assert '"recipient": "(masked)"' in shown.stdout
    again = await run("redrive", letters[0], "--reason", "once more")
    assert (again.exit_code, "settled before" in again.stdout) == (1, True)
    await shop.audited()


async def test_a_bug_that_poisons_everything_pauses_the_worker_and_spares_the_orders(
    shop: Shop, run: Run
) -> None:
    async with a_buggy_release(shop):
        order_ids = [await shop.place() for _ in range(30)]
        health = shop.system.url(WORKERS[0]) + "/readyz"

        async def says_so() -> bool:
            return "paused: the last" in (await shop.http.get(health)).text

        await until("the worker says that it has paused", says_so)
    await until_at_rest(shop, order_ids)
    held = [one for one in order_ids if await shop.status(one) == "held"]
    assert len(held) == TRIPS_AFTER - 1
    redriven = await run("redrive", "--service", "inventory", "--reason", "repaired")
    assert redriven.exit_code == 0, redriven.output
    await shop.all_ended(order_ids)
    await shop.audited()


async def until_at_rest(shop: Shop, order_ids: list[str]) -> None:
    """Wait until whatever was only held back has ended."""

    async def are_at_rest() -> bool:
        statuses = {await shop.status(order_id) for order_id in order_ids}
        return statuses <= {"completed", "held"}

    await until("what was held back is handled", are_at_rest)


async def test_an_order_whose_letter_is_discarded_goes_on_without_it_until_its_deadline(
    shop: Shop, run: Run
) -> None:
    async with a_buggy_release(shop):
        order_id = await shop.place()
        await all_held(shop, [order_id])
    discarded = await run("discard", "--service", "inventory", "--reason", "cannot be repaired")
    assert discarded.exit_code == 0, discarded.output
    async with (
        stopped(shop.system, "order-worker-2"),
        replaced(shop.system, {"order-worker": {"DEADLINE_S": "1"}}),
    ):
        end = await shop.end(order_id)
    assert (end["status"], end["reason"]) == ("cancelled", "overdue")
    (intent,) = await shop.books.intents(order_id)
    assert (intent["status"], intent["amount_received"]) == ("canceled", 0)
    await shop.audited()


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        (["show", "shipping"], "'shipping' names no dead letter"),
        (["show", "shiping:1"], "the services are order, payment"),
        (["show", "shipping:99999999"], "There is no dead letter shipping:99999999"),
        (["redrive", "--reason", "x"], "Give either letters"),
        (["redrive", "shipping:1", "--reason", " "], "Give a --reason that says something"),
        (["list", "--service", "gateway"], "No service 'gateway' has dead letters"),
    ],
)
async def test_what_cannot_be_done_is_told_in_plain_words(
    run: Run, told: list[str], complaint: str
) -> None:
    result = await run(*told)
    assert result.exit_code == 1
    assert complaint in result.stderr
