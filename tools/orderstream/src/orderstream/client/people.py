"""Invented people: who a customer's parcel goes to, the same person every time.

Nobody is real: names are put together from lists, addresses end in example.com (RFC 2606).
"""

from hashlib import sha256

FIRST = ("Ada", "Ben", "Chloe", "Daniel", "Emma", "Finn", "Grace", "Henry", "Iris", "Jack")
LAST = ("Archer", "Baker", "Cooper", "Dyer", "Fletcher", "Mason", "Potter", "Sawyer", "Tanner")
STREETS = ("High Street", "Mill Lane", "Church Road", "Station Road", "Park Avenue")
CITIES = ("Ashford", "Bramley", "Kingsbridge", "Marlow", "Norwood", "Westbury")

Recipient = dict[str, str]


def recipient_of(customer: str, country: str = "GB") -> Recipient:
    """The invented recipient of a customer's parcels."""
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
