"""What orders and products may be refused for."""

from collections.abc import Mapping

from events.limits import (
    AMOUNT_MAX,
    AMOUNT_MIN,
    GRAMS_PER_UNIT,
    KEY_MAX,
    PARCEL_GRAMS_MAX,
    RECORD_BYTES_MAX,
    UNITS_MAX,
)

from gateway.problems.problem_types.problem_type import TRY_AGAIN, ProblemType

ORDERS: Mapping[str, ProblemType] = {
    "idempotency_key_missing": ProblemType(
        400,
        "No Idempotency-Key",
        "An order came without the header Idempotency-Key, so that a retry could double it.",
        "Send a new random value, such as a UUID, with every new order, and the same when retrying.",
    ),
    "idempotency_key_invalid": ProblemType(
        400,
        "Bad Idempotency-Key",
        f"The header Idempotency-Key is longer than {KEY_MAX} characters, or has a comma or others than printable ASCII.",
        f"Send 1 to {KEY_MAX} printable ASCII characters, none of them a comma.",
    ),
    "order_not_found": ProblemType(
        404,
        "No such order",
        "There is no order with this id, or it is somebody else's: the two are told alike.",
        "Only your own orders can be seen.",
    ),
    "product_not_found": ProblemType(
        404,
        "No such product",
        "Nothing is sold under this SKU.",
        "See /v1/products for what there is.",
    ),
    "already_shipped": ProblemType(
        409,
        "The order has shipped",
        "A cancellation was asked for after the order had been handed to the carrier.",
        "It cannot be cancelled any more.",
    ),
    "already_final": ProblemType(
        409,
        "The order has ended",
        "A cancellation was asked for after the order had been cancelled for another reason.",
        "There is nothing left to cancel.",
    ),
    "idempotency_key_in_use": ProblemType(
        409,
        "The Idempotency-Key is in use",
        "An earlier request with this Idempotency-Key is still being answered.",
        TRY_AGAIN,
    ),
    "order_already_placed": ProblemType(
        409,
        "The order has been placed",
        "A fault plan was attached to an Idempotency-Key that already stands for an order.",
        "Attach a fault plan before its order is placed.",
    ),
    "price_changed": ProblemType(
        409,
        "The total is another one",
        "At today's prices the order does not cost what expected_total says.",
        "Show the customer the new total, and send that.",
        example="/expected_total/amount",
    ),
    "invalid_order": ProblemType(
        422,
        "The order is not valid",
        "Fields of the order are missing, unknown, or have values that they cannot have.",
        "Mend the fields named in errors.",
        example="/lines/0/quantity",
    ),
    "unknown_sku": ProblemType(
        422,
        "A product is not for sale",
        "The order has a line for a product that the catalogue does not have.",
        "See /v1/products for what there is.",
        example="/lines/0/sku",
    ),
    "order_too_heavy": ProblemType(
        422,
        "The order is too heavy",
        f"The units of the order would weigh more than {PARCEL_GRAMS_MAX} g, the most that the carrier"
        f" takes as one parcel; a unit is taken to weigh {GRAMS_PER_UNIT} g.",
        f"Order in several orders of at most {UNITS_MAX} units.",
        example="/lines",
    ),
    "order_too_expensive": ProblemType(
        422,
        "The order is too expensive",
        f"The total is more than {AMOUNT_MAX} minor units, the most that the payment provider charges.",
        "Order in several orders.",
        example="/lines",
    ),
    "order_too_cheap": ProblemType(
        422,
        "The order costs nothing",
        f"The total is less than {AMOUNT_MIN} minor unit, the least that the payment provider charges.",
        "Order something that has a price, too.",
        example="/lines",
    ),
    "order_too_large": ProblemType(
        422,
        "The order is too large",
        f"With the names of its products the order takes more than {RECORD_BYTES_MAX} bytes: more than"
        " the services can tell each other at once.",
        "Order in several orders of fewer lines.",
        example="/lines",
    ),
    "unknown_fault_plan": ProblemType(
        422,
        "There is no such fault plan",
        "The body names no plan of the catalogue.",
        "See GET /admin/fault-plans for what there is.",
        example="/plan",
    ),
    "wrong_currency": ProblemType(
        422,
        "Not in this currency",
        "The order names another currency than the shop's.",
        "Order in the shop's currency.",
        example="/currency",
    ),
    "card_number_refused": ProblemType(
        422,
        "Card numbers are refused",
        "The request holds 13 to 19 digits that could be a card number, whatever stands between them:"
        " in a field or a name of its body, in its Idempotency-Key, or in its address.",
        "Exchange the card for a payment token at the provider, and send only that.",
        example="/payment/token",
    ),
    "idempotency_key_reused": ProblemType(
        422,
        "The Idempotency-Key belongs to another order",
        "This Idempotency-Key was first sent with another body.",
        "Use a new key for a new order, and the very same body when retrying.",
    ),
}
