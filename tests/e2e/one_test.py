"""What one test orders is its own: written down for the audit, and told when the test has failed."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest
from e2e.charges import write_down
from e2e.composing import in_containers
from e2e.faults import unwell
from e2e.hooks import has_failed, is_alone
from e2e.shop import Shop
from e2e.systems import folder_of
from e2e.telling import report, restarts_of, story_of
from testkit.waiting import until


@contextmanager
def charged(shop: Shop, test: str) -> Iterator[None]:
    """Charge what is ordered while the block lasts to a test, or to a file of tests."""
    for book in (shop.placed, shop.taken, shop.client.ledger.entries):
        book.clear()
    try:
        yield
    finally:
        about = [*shop.placed, *shop.taken]
        write_down(folder_of(shop.system), test, about, shop.client.ledger.entries)


@asynccontextmanager
async def for_one_test(shop: Shop, test: pytest.Item) -> AsyncIterator[Shop]:
    """The shop, of which nothing is ordered yet; after a test that was alone all run that ran before."""
    before = {} if in_containers() else restarts_of(shop.system)
    absent = set() if in_containers() else _absent(shop)
    with charged(shop, test.nodeid):
        yield shop
    if has_failed(test):
        # pytest shows what a failed test's fixtures print.
        print(await _report(shop, before))  # noqa: T201  # as said above
    if is_alone(test) and not in_containers():
        await until("every process runs", lambda: _absent(shop) <= absent)


def _absent(shop: Shop) -> set[str]:
    return {state.name for state in unwell(shop.system)}


async def _report(shop: Shop, before: dict[str, int]) -> str:
    if in_containers():
        return await story_of(shop.system, shop.placed)
    return await report(shop.system, shop.placed, before)
