"""Every fault plan does what the catalogue says, and all of them together do no harm."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import pytest
from client.refusals import Document
from e2e.fault_plans import POISONED, place_planned, redrive
from e2e.faults import unwell
from e2e.judging import assert_clean_so_far
from e2e.one_test import charged
from e2e.shelves import SHARED_PRODUCTS
from e2e.shop import IN_FLIGHT, Shop
from e2e.telling import restarts_of
from fault_injection import CATALOGUE, STRUCK, FaultPlan, crashed_at, poisoned_at
from orderstream.cli import app
from orderstream.following.records import read_records
from orderstream.formatting import moment
from orderstream.mishaps import read_mishaps, tell
from stack import DATABASES
from testkit.waiting import until
from typer.testing import CliRunner

pytestmark = pytest.mark.system
Seen = Callable[[Shop, Document], Awaitable[None]]
LETTERS = "SELECT count(*) FROM dead_letters WHERE key = $1"
HELD = "SELECT count(*) FROM orders WHERE order_id = ANY($1) AND status = 'held'"
SHOWN_HELD = ("payment", "inventory", "shipping")
ORDERS = 100
SLOW = ("provider_timeout", "carrier_down_20s")
KILLING = {crashed_at(service): service for service in STRUCK}
SLOW_S = 3


def logged(shop: Shop, process: str, *words: str) -> bool:
    """Whether an instance of a process has logged a line with all these words."""
    found = shop.system.folders.logs.glob(f"{process}*.log*")
    lines = (line for path in found for line in path.read_text(errors="replace").splitlines())
    return any(all(word in line for word in words) for line in lines)


async def nothing_is_held(shop: Shop, order: Document) -> None:
    (intent,) = await shop.books.intents(order["id"])
    assert intent["amount_received"] == 0


def the_first_try_failed(process: str, command: str, error: str) -> Seen:
    async def look(shop: Shop, order: Document) -> None:
        words = (f"{order['id']}:{command}", "command_postponed", error)
        await until("the worker said so", lambda: logged(shop, process, *words))

    return look


async def the_answer_took_three_seconds(_: Shop, order: Document) -> None:
    after_accepted = order["history"][1]
    took = moment(after_accepted["changed_at"]) - moment(order["placed_at"])
    assert took.total_seconds() >= SLOW_S  # the others are answered at once


async def nothing_was_bought(shop: Shop, order: Document) -> None:
    assert await shop.books.labels(order["id"]) == []
    await nothing_is_held(shop, order)


def a_dead_letter_in(service: str) -> Seen:
    async def look(shop: Shop, order: Document) -> None:
        assert await shop.books.ask(DATABASES[service], LETTERS, order["id"]) >= 1
        statuses = [step["status"] for step in order["history"]]
        assert service not in SHOWN_HELD or "held" in statuses

    return look


def died_of(service: str) -> Seen:
    async def look(shop: Shop, _: Document) -> None:
        words = ("dying_of_fault_plan", crashed_at(service))
        await until("the worker said so", lambda: logged(shop, f"{service}-worker", *words))
        await until("it runs again", lambda: not unwell(shop.system))

    return look


# A plan without a line here fails its test: how it shows that it struck has to be known.
SEEN: dict[str, Seen] = {
    "decline": nothing_is_held,
    "insufficient_funds": nothing_is_held,
    "provider_timeout": the_first_try_failed("payment-worker", "AuthorizePayment", "Timeout"),
    "provider_reset": the_first_try_failed("payment-worker", "AuthorizePayment", "Error"),
    "provider_500": the_first_try_failed("payment-worker", "AuthorizePayment", "500"),
    "provider_slow": the_answer_took_three_seconds,
    "carrier_down_20s": the_first_try_failed("shipping-worker", "BookParcel", "503"),
    "carrier_reset": the_first_try_failed("shipping-worker", "BookParcel", "Error"),
    "carrier_undeliverable": nothing_was_bought,
    "out_of_stock": nothing_was_bought,
    **{poisoned_at(service): a_dead_letter_in(service) for service in STRUCK},
    **{crashed_at(service): died_of(service) for service in STRUCK},
}


REPORTED: dict[str, str] = {
    "decline": "asked once to hold the money: it refused (402)",
    "insufficient_funds": "asked once to hold the money: it refused (402)",
    "provider_timeout": "to hold the money: it never answered",
    "provider_reset": "to hold the money: it cut the connection",
    "provider_500": "to hold the money: it failed (500)",
    "provider_slow": "to hold the money: it did so, after 3.",
    "carrier_down_20s": "it failed (503), then it did so",
    "carrier_reset": "The carrier was asked twice to take the parcel: it cut the connection",
    "carrier_undeliverable": "to take the parcel: it refused (422)",
    "out_of_stock": "",  # the event StockRejected says it all
    **{poisoned_at(service): f"{service.title()} could not handle" for service in STRUCK},
    **{crashed_at(service): f"{service.title()}-worker" for service in STRUCK},
}
"""What `order`, `follow` and `explain` tell of the first order of each plan."""


@dataclass(frozen=True, slots=True)
class Struck:
    """A hundred orders that fail by plan; `restarts` are those of before.

    `orders` are by plan, each with its customer. The first of a plan that kills no process is placed
    before those that do: a call that dies with its worker says nothing of its trouble.
    """

    orders: Mapping[str, Sequence[tuple[str, str]]]
    restarts: Mapping[str, int]


@pytest.fixture(scope="module")
async def struck(open_doors: Shop, request: pytest.FixtureRequest) -> Struck:
    shop, before, chance = open_doors, restarts_of(open_doors.system), random.Random(7)
    calm = [plan for plan in CATALOGUE if plan not in KILLING]
    quick = [plan for plan in calm if plan not in SLOW]
    orders: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    with charged(shop, request.node.nodeid):
        await place_all(shop, calm, orders)
        more = chance.choices(quick, k=ORDERS - len(CATALOGUE))
        await place_all(shop, [*KILLING, *more], orders)
    return Struck(orders, before)


async def place_all(
    shop: Shop, plans: Sequence[str], orders: defaultdict[str, list[tuple[str, str]]]
) -> None:
    """Place an order for each plan, a few at a time, redrive what is poisoned, and wait for all ends."""
    places = asyncio.Semaphore(IN_FLIGHT)
    placed: defaultdict[str, list[str]] = defaultdict(list)

    async def place(number: int, plan: str) -> None:
        customer, sku = f"cus_{number % 10}", SHARED_PRODUCTS[number % len(SHARED_PRODUCTS)]
        async with places:
            order_id = await place_planned(shop, plan, customer, sku=sku)
        placed[plan].append(order_id)
        orders[plan].append((order_id, customer))

    await asyncio.gather(*(place(*numbered) for numbered in enumerate(plans)))
    shown = [one for service in SHOWN_HELD for one in placed[poisoned_at(service)]]

    async def are_held() -> bool:
        return await shop.books.ask("orders", HELD, shown) == len(shown)

    await until("the poisoned orders are held", are_held)
    poisoned = [plan for plan in placed if plan.startswith(POISONED)]
    await asyncio.gather(*(redrive(shop, plan, placed[plan]) for plan in poisoned))
    await shop.all_ended(list(shop.placed))


@pytest.mark.alone
@pytest.mark.parametrize("plan", CATALOGUE.values(), ids=lambda plan: plan.name)
async def test_a_plan_strikes_its_orders_which_end_as_the_catalogue_says(
    shop: Shop, struck: Struck, plan: FaultPlan
) -> None:
    ends = [await shop.client.get(*order) for order in struck.orders[plan.name]]
    assert {(end["status"], end["reason"]) for end in ends} == {(plan.ends, plan.reason)}
    await SEEN[plan.name](shop, ends[0])


@pytest.mark.alone
@pytest.mark.parametrize("plan", CATALOGUE, ids=str)
async def test_what_befell_an_order_is_reported_from_the_books_and_not_from_its_plan(
    shop: Shop, struck: Struck, plan: str
) -> None:
    order_id, _ = struck.orders[plan][0]

    async def report() -> str:
        records = await read_records(shop.system.settings.kafka_bootstrap, order_id)
        return "\n".join(tell(await read_mishaps(shop.system, order_id, records)))

    await until(f"it is told: {REPORTED[plan]}", lambda: _holds(report, REPORTED[plan]))
    assert plan not in await report() or "fault plan" in await report()


async def _holds(report: Callable[[], Awaitable[str]], words: str) -> bool:
    return words in await report()


@pytest.mark.alone
async def test_a_plan_that_kills_kills_once_and_no_other_kills(shop: Shop, struck: Struck) -> None:
    def died() -> Counter[str]:
        again = Counter(restarts_of(shop.system))
        again.subtract(struck.restarts)
        return +Counter(name.partition("-")[0] for name in again.elements())

    await until("each has died once", lambda: died() == Counter(KILLING.values()))


@pytest.mark.alone
async def test_while_orders_are_held_by_plan_nothing_is_wrong(shop: Shop) -> None:
    order_ids = [await place_planned(shop, "poison_at_payment") for _ in range(2)]

    async def are_held() -> bool:
        return {await shop.status(order_id) for order_id in order_ids} == {"held"}

    await until("the orders are held", are_held)
    await assert_clean_so_far(shop.system)
    await redrive(shop, "poison_at_payment", order_ids)
    await shop.all_ended(order_ids)


async def test_the_command_line_lists_the_plans_and_lets_an_order_fail(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERSTREAM_STATE_DIR", str(shop.system.settings.state_dir))
    listed = await asyncio.to_thread(CliRunner().invoke, app, ["faults"])
    assert listed.exit_code == 0, listed.output
    for plan in CATALOGUE.values():
        assert any(
            plan.name in line and plan.does in line and plan.end in line
            for line in listed.stdout.splitlines()
        )
    failed = await asyncio.to_thread(CliRunner().invoke, app, ["order", "--fault", "decline"])
    assert "cancelled: payment declined" in failed.stdout
    wrong = await asyncio.to_thread(CliRunner().invoke, app, ["order", "--fault", "nonsense"])
    assert wrong.exit_code == 1
    assert "provider_timeout" in wrong.stderr
