"""The fault plan by which one order finds nothing, and the next one finds what is there."""

import pytest
from events import (
    StockRejected,
    StockReserved,
)
from fault_injection import OUT_OF_STOCK, as_baggage
from inventory.handlers import handlers
from inventory.lifecycle import StockItem
from inventory.out_of_stock_fault import OutOfStockWork
from inventory.unit_of_work import InventoryWork
from messaging import MessageContext
from testkit.facts import AUTHORIZED

PLANNED = as_baggage(OUT_OF_STOCK)


@pytest.mark.parametrize(
    ("work_type", "baggage", "answer", "left"),
    [
        (OutOfStockWork, PLANNED, StockRejected, 5),
        (OutOfStockWork, as_baggage("decline"), StockReserved, 3),
        (OutOfStockWork, None, StockReserved, 3),
        (InventoryWork, PLANNED, StockReserved, 3),
    ],
)
def test_only_an_order_with_the_plan_finds_the_shelves_empty(work_type, baggage, answer, left):
    work = work_type(stock={"MUG": StockItem("MUG", on_hand=5)})
    work.cause = MessageContext("request", baggage=baggage)
    handlers.handle(AUTHORIZED, work)
    assert [type(envelope.event) for envelope in work.emitted] == [answer]
    assert work.stock["MUG"].on_hand == left
