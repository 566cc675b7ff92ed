"""A release with a bug sets events aside; once it is repaired, operators have them handled."""

import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from e2e.asking import Run, command_line
from e2e.faults import replaced, stopped
from e2e.one_test import charged
from e2e.shop import Shop
from testkit.waiting import until
from typer.testing import Result

pytestmark = pytest.mark.system
WORKERS = ("inventory-worker", "inventory-worker-2")
BUGGY = {"PYTHONPATH": str(Path(__file__).parent / "buggy")}
TRIPS_AFTER = 10
LETTER = re.compile(r"inventory:\d+")
ORDER = re.compile(r"ord_[0-9a-f]{32}")


@pytest.fixture
def run(shop: Shop) -> Run:
    """Runs commands about dead letters."""
    return partial(command_line(shop), "dead-letters")


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What a buggy release has left: orders that are held, and what was tried and said meanwhile."""

    redriven: Sequence[str]
    explained: str
    explanation: str
    discarded: str
    too_early: Result

    @property
    def all(self) -> list[str]:
        return [*self.redriven, self.explained, self.discarded]


@pytest.fixture(scope="module")
async def aftermath(open_doors: Shop, request: pytest.FixtureRequest) -> Aftermath:
    """Five orders that a buggy release could not handle; the release after it can."""
    run = command_line(open_doors)
    with charged(open_doors, request.node.nodeid):
        async with a_buggy_release(open_doors):
            order_ids = [await open_doors.place(name="Ada Secret") for _ in range(5)]
            await all_held(open_doors, order_ids)
            *redriven, explained, discarded = order_ids
            asked = ("dead-letters", "redrive", "--service", "inventory", "--reason", "too early")
            too_early = await run(*asked)
            explanation = (await run("explain", explained)).stdout
    return Aftermath(redriven, explained, explanation, discarded, too_early)


@asynccontextmanager
async def a_buggy_release(shop: Shop) -> AsyncIterator[None]:
    """For as long as the block lasts, inventory can handle nothing."""
    async with stopped(shop.system, WORKERS[1]), replaced(shop.system, {WORKERS[0]: BUGGY}):
        yield


async def all_held(shop: Shop, order_ids: list[str]) -> None:
    async def are_held() -> bool:
        return {await shop.status(one) for one in order_ids} == {"held"}

    await until("the orders are held", are_held)


@pytest.mark.alone
async def test_before_the_repair_a_letter_that_is_redriven_fails_again(
    aftermath: Aftermath,
) -> None:
    assert aftermath.too_early.exit_code == 1
    assert aftermath.too_early.stdout.count("failed: KeyError: 'shelf'") == len(aftermath.all)


@pytest.mark.alone
async def test_an_order_is_held_until_its_letter_is_redriven_and_then_ends(
    shop: Shop, run: Run, aftermath: Aftermath
) -> None:
    order_ids = aftermath.redriven
    listed = await run("list")
    letter_of = letters_of(listed.stdout)
    assert set(order_ids) <= set(letter_of)
    assert "PaymentAuthorized" in listed.stdout
    letters = [letter_of[order_id] for order_id in order_ids]
    assert (await run("redrive", letters[0], "--reason", "see", "--dry-run")).exit_code == 0
    assert {await shop.status(order_id) for order_id in order_ids} == {"held"}

    redriven = await run("redrive", *letters, "--reason", "repaired", "--operator", "grace")
    assert redriven.exit_code == 0, redriven.output
    assert redriven.stdout.count("redriven") == len(order_ids)
    ends = [await shop.end(order_id) for order_id in order_ids]
    assert {end["status"] for end in ends} == {"completed"}

    shown = await run("show", letters[0])
    assert "grace asked to redrive it (repaired): redriven" in shown.stdout
    assert '"recipient": "(masked)"' in shown.stdout
    again = await run("redrive", letters[0], "--reason", "once more")
    assert (again.exit_code, "settled before" in again.stdout) == (1, True)


@pytest.mark.alone
async def test_an_order_that_is_held_by_a_dead_letter_is_explained_with_what_to_do(
    shop: Shop, aftermath: Aftermath
) -> None:
    ask, order_id = command_line(shop), aftermath.explained
    words = aftermath.explanation
    assert "It is held since" in words
    assert "inventory could not handle PaymentAuthorized" in words
    assert "KeyError" in words
    facts = json.loads((await ask("explain", order_id, "--json")).stdout)
    (letter,) = facts["letters"]
    name = f"{letter['service']}:{letter['number']}"
    assert f'dead-letters redrive {name} --reason "..."' in words
    redriven = await ask("dead-letters", "redrive", name, "--reason", "repaired")
    assert redriven.exit_code == 0, redriven.output
    assert (await shop.end(order_id))["status"] == "completed"

    async def is_settled() -> bool:
        text = " ".join((await ask("explain", order_id)).stdout.split())
        return "It is completed" in text and f"set aside as {name}, and redriven" in text

    await until("the letter is a mishap of the past", is_settled)
    assert "dead-letters redrive" not in (await ask("explain", order_id)).stdout


@pytest.mark.alone
async def test_an_order_whose_letter_is_discarded_goes_on_without_it_until_its_deadline(
    shop: Shop, run: Run, aftermath: Aftermath
) -> None:
    order_id = aftermath.discarded
    letter = letters_of((await run("list")).stdout)[order_id]
    discarded = await run("discard", letter, "--reason", "cannot be repaired")
    assert discarded.exit_code == 0, discarded.output
    async with (
        stopped(shop.system, "order-worker-2"),
        replaced(shop.system, {"order-worker": {"DEADLINE_S": "1"}}),
    ):
        end = await shop.end(order_id)
    assert (end["status"], end["reason"]) == ("cancelled", "overdue")
    (intent,) = await shop.books.intents(order_id)
    assert (intent["status"], intent["amount_received"]) == ("canceled", 0)


def letters_of(listed: str) -> dict[str, str]:
    """The dead letter of each order in a list of them."""
    return {
        order.group(): letter.group()
        for line in listed.splitlines()
        if (order := ORDER.search(line)) and (letter := LETTER.search(line))
    }


@pytest.mark.alone
async def test_a_bug_that_poisons_everything_pauses_the_worker_and_spares_the_orders(
    shop: Shop, run: Run
) -> None:
    async with a_buggy_release(shop):
        order_ids = [await shop.place() for _ in range(30)]
        health = shop.system.url(WORKERS[0]) + "/readyz"

        async def is_shown() -> bool:
            return "paused: the last" in (await shop.http.get(health)).text

        await until("the worker says that it has paused", is_shown)
    await until_at_rest(shop, order_ids)
    held = [one for one in order_ids if await shop.status(one) == "held"]
    assert len(held) == TRIPS_AFTER - 1
    redriven = await run("redrive", "--service", "inventory", "--reason", "repaired")
    assert redriven.exit_code == 0, redriven.output
    await shop.all_ended(order_ids)


async def until_at_rest(shop: Shop, order_ids: list[str]) -> None:
    """Wait until whatever was only held back has ended."""

    async def are_at_rest() -> bool:
        statuses = {await shop.status(order_id) for order_id in order_ids}
        return statuses <= {"completed", "held"}

    await until("what was held back is handled", are_at_rest)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["show", "shipping"], "'shipping' names no dead letter"),
        (["show", "shiping:1"], "the services are "),
        (["show", "shipping:99999999"], "There is no dead letter shipping:99999999"),
        (["redrive", "--reason", "x"], "Give either letters"),
        (["redrive", "shipping:1", "--reason", " "], "Give a --reason that says something"),
        (["list", "--service", "psp"], "No service 'psp' has dead letters"),
        (["set-aside", "gateway", "--reason", "x"], "No worker of 'gateway' can pause"),
        (
            ["set-aside", "payment", "--reason", "x", "--wait", "1"],
            "No worker of payment is paused",
        ),
    ],
)
async def test_what_cannot_be_done_is_reported_in_plain_words(
    run: Run, arguments: list[str], error: str
) -> None:
    result = await run(*arguments)
    assert result.exit_code == 1
    assert error in result.stderr
