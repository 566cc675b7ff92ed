"""The body of an order, as the gateway takes it, with an invented recipient: the same one every time.

No person is real: names are put together from lists, addresses end in example.com (RFC 2606).
"""

from collections.abc import Iterable
from hashlib import sha256

from client.refusals import Document

FIRST = ("Ada", "Ben", "Chloe", "Daniel", "Emma", "Finn", "Grace", "Henry", "Iris", "Jack")
LAST = ("Archer", "Baker", "Cooper", "Dyer", "Fletcher", "Mason", "Potter", "Sawyer", "Tanner")
STREETS = ("High Street", "Mill Lane", "Church Road", "Station Road", "Park Avenue")
CITIES = ("Ashford", "Bramley", "Kingsbridge", "Marlow", "Norwood", "Westbury")

Recipient = dict[str, str]


def recipient_of(customer: str, country: str = "GB") -> Recipient:
    """Return the invented recipient of a customer's parcels."""
    digest = sha256(customer.encode()).digest()
    first, last = FIRST[digest[0] % len(FIRST)], LAST[digest[1] % len(LAST)]
    return {
        "name": f"{first} {last}",
        "email": f"{first}.{last}.{digest[5:8].hex()}@example.com".lower(),
        "street": f"{digest[2] % 120 + 1} {STREETS[digest[3] % len(STREETS)]}",
        "city": CITIES[digest[4] % len(CITIES)],
        "postcode": f"{int.from_bytes(digest[8:10], 'big') % 90000 + 10000}",
        "country": country,
    }


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
