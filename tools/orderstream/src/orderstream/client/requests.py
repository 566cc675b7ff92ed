"""The body of an order, as the gateway takes it."""

from collections.abc import Iterable

from orderstream.client.people import Recipient
from orderstream.client.refusals import Document

APPROVED = "tok_visa"


def order_body(
    lines: Iterable[tuple[str, int]], recipient: Recipient, token: str = APPROVED
) -> Document:
    """Pairs of SKU and quantity, to be paid with a token of the provider's."""
    return {
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines],
        "payment": {"token": token},
        "recipient": recipient,
    }
