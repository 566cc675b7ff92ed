"""What can be ordered at all, said once: each bound is a neighbour's, or leaves it room.

The service that lets something in (the gateway an order, inventory a product) refuses what is
beyond, so that nothing is held for an order that could not end well. A test compares this with
what the neighbours publish, and sends them orders at every bound.
"""

AMOUNT_MIN, AMOUNT_MAX = 1, 99_999_999
"""What can be charged, in minor units.

Stripe's API reference, `PaymentIntent.amount`: a positive integer of up to eight digits. Its minimum
in pence depends on the account and is the provider's to tell.
"""

PAYMENT_TOKEN_MAX = 100
"""Characters of a `payment_method`, as the provider's OpenAPI document has it."""

PARCEL_GRAMS_MAX = 1_000_000
"""What the carrier takes as one parcel: `parcel.weight_grams` of its OpenAPI document."""

GRAMS_PER_UNIT = 250
"""What a unit is taken to weigh: no product says its weight."""

UNITS_MAX = PARCEL_GRAMS_MAX // GRAMS_PER_UNIT
"""Units of an order, for it goes as one parcel."""

NAME_MAX, STREET_MAX, CITY_MAX = 200, 200, 100
"""Characters (Unicode code points) of an address: `to_address` of the carrier's OpenAPI document."""

POSTCODE_MAX = 20
"""The carrier takes 40; no country's has more than ten."""

EMAIL_BYTES_MAX, MAILBOX_BYTES_MAX = 254, 64
"""Octets of an address and of what is before its `@`, in UTF-8.

RFC 5321, 4.5.3.1: a mailbox has 64, a path 256 with its angle brackets; RFC 6531 counts octets, too.
"""

REFERENCE_MAX = 100
"""Characters of an order's id, where neighbours keep it as their `reference` or in their `metadata`."""

KEY_MAX = 255
"""Characters of an idempotency key: Stripe's API reference, "Idempotent requests"."""

CUSTOMER_ID_MAX = 64
"""Characters. With a key or a URL it makes an index row, for which PostgreSQL has 2,704 bytes."""

URL_BYTES_MAX = 2_000
"""Of a webhook's address, in UTF-8, for the same reason."""

SKU_MAX, PRODUCT_NAME_MAX = 40, 200
"""Characters. Ours to choose: small enough for the longest order to be said in one record."""

LINES_MAX, LINE_UNITS_MAX = 1_000, 10_000
"""Lines of an order, and units that one of them can ask for before the parcel is even thought of."""

STOCK_MAX = 2**31 - 1
"""Units of a product: inventory counts them in PostgreSQL's `integer`, and they never become more."""

RECORD_BYTES_MAX = 1_000_000
"""Of the record that says an order: key, value and headers.

Kafka takes 1,048,588 bytes (`message.max.bytes`), our clients 1,048,576 (`max_request_size`). The
room between is for what follows: facts that say the order again and a little more, longer headers,
and copies for dead-letter topics, which have further ones.
"""
