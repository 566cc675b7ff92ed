"""The orders of a test's load: most end well, some are declined, some are cancelled."""

from dataclasses import dataclass

from client import Document
from e2e.shelves import SHARED_PRODUCTS
from e2e.shop import VISA, Shop

CANCELLED_EVERY, DECLINED_EVERY = 10, 7
DECLINED = "tok_declined"
TRY_S = 5


@dataclass(frozen=True, slots=True)
class Request:
    """One order that a customer wants; the key makes it one, however often it is sent."""

    key: str
    customer: str
    body: Document
    is_cancelled: bool


def nth_request(shop: Shop, number: int, key: str, customers: int) -> Request:
    """The nth order of a load that so many customers make."""
    sku = SHARED_PRODUCTS[number % len(SHARED_PRODUCTS)]
    token = DECLINED if number % DECLINED_EVERY == DECLINED_EVERY - 1 else VISA
    return Request(
        key,
        f"cus_{number % customers}",
        shop.body(sku, 1, token=token),
        is_cancelled=number % CANCELLED_EVERY == 1,
    )
