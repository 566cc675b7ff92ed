"""The money taken is the total of the completed orders, in our books and in the provider's."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from audit.books import Books, Rule
from audit.records import Intent, Order, Payment

HELD = "requires_capture"
LET_GO = ("declined", "voided")


def _counts(books: Books) -> dict[str, int]:
    return {
        "payments": len(books.payments),
        "intents": len(books.intents),
        "captures": sum(intent.captures for intent in books.intents),
    } | {
        f"minor units of {currency} taken": amount
        for currency, amount in _taken(books).items()
        if amount > 0
    }


def _find(books: Books) -> Iterator[tuple[str, str]]:
    intents = defaultdict(list)
    for intent in books.intents:
        intents[intent.order_id].append(intent)
    payments = {payment.order_id: payment for payment in books.payments}
    for order_id, theirs in intents.items():
        captures = sum(intent.captures for intent in theirs)
        if captures > 1:
            yield order_id, f"captured {captures} times by the provider"
        if order_id not in books.order and books.is_settled(order_id) and _holds(theirs):
            yield order_id, "the provider has money for an order that there is not"
    for order in books.settled:
        found = intents.get(order.order_id, [])
        for wrong in _wrong(order, payments.get(order.order_id), found):
            yield order.order_id, wrong


def _wrong(order: Order, payment: Payment | None, intents: Sequence[Intent]) -> Iterator[str]:
    status = payment.status if payment else "unknown"
    net = Counter[str]()
    for intent in intents:
        net[intent.currency] += intent.captured - intent.refunded
        if intent.status == HELD:
            yield f"is {order.status}, but the provider still holds money ({intent.intent_id})"
    taken = {currency: amount for currency, amount in net.items() if amount}
    if order.status == "completed" and order.total:
        if status != "captured" or (payment and payment.total != order.total):
            shown = payment.total if payment else None
            yield f"completed over {order.total}, its payment is {status} over {shown}"
        if taken != {order.total.currency: order.total.amount} and order.total.amount:
            yield f"completed over {order.total}, the provider has {taken}"
        if not any(payment and intent.intent_id == payment.payment_id for intent in intents):
            yield "the provider does not know its payment by the id that we have"
    if order.status == "cancelled":
        if status not in LET_GO:
            yield f"cancelled, its payment is {status}"
        if taken:
            yield f"cancelled, the provider has {taken}"


def _holds(intents: Sequence[Intent]) -> bool:
    return any(one.captured > one.refunded or one.status == HELD for one in intents)


def _sums(books: Books) -> dict[str, Counter[str]]:
    """Sum up by currency what completed orders cost, and what the provider took and kept."""
    earned = Counter[str]()
    for order in books.settled:
        if order.status == "completed" and order.total:
            earned[order.total.currency] += order.total.amount
    return {"earned": earned, "taken": _taken(books)}


def _find_in_sums(sums: Mapping[str, Counter[str]]) -> Iterator[tuple[str, str]]:
    earned, taken = sums["earned"], +sums["taken"]
    for currency in earned.keys() | taken.keys():
        if earned[currency] != taken[currency]:
            figures = f"{taken[currency]} taken, completed orders {earned[currency]}"
            yield currency, f"{figures}: {taken[currency] - earned[currency]:+d} minor units"


def _taken(books: Books) -> Counter[str]:
    """Captured less refunded by currency, for the orders of which nothing more is to be expected."""
    taken = Counter[str]()
    for intent in books.intents:
        if books.is_settled(intent.order_id):
            taken[intent.currency] += intent.captured - intent.refunded
    return taken


RULE = Rule(
    "money",
    "captured less refunded is the total of the completed orders; the provider's books agree",
    _counts,
    _find,
    sums=_sums,
    find_in_sums=_find_in_sums,
)
