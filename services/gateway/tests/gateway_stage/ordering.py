"""What a customer sends."""

from typing import Any

from testkit.samples import RECIPIENT

MUG, PEN = "MUG 1", "PEN.2"


def order(**changes: Any) -> dict[str, Any]:
    """The body of an order, two mugs and a pen unless told otherwise; None leaves a field out."""
    body = {
        "lines": [{"sku": MUG, "quantity": 2}, {"sku": PEN, "quantity": 1}],
        "payment": {"token": "tok_visa"},
        "recipient": RECIPIENT,
    }
    return {name: part for name, part in (body | changes).items() if part is not None}
