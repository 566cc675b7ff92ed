"""The customer of an ended order was notified once of how it ended, and no other customer of anything."""

from collections import defaultdict
from collections.abc import Iterator

from audit.books import Books, Rule
from audit.records import Notice, Notification, Order
from audit.waiting import FINAL

KINDS = {
    "shipped": "order_shipped",
    "completed": "order_shipped",
    "cancelled": "order_cancelled",
}


def _counts(books: Books) -> dict[str, int]:
    return {
        "notifications": len(books.notifications),
        "told": len(books.notices),
        "mails": len(books.mails),
        "distinct": len({mail.message_id for mail in books.mails}),
    }


def _find(books: Books) -> Iterator[tuple[str, str]]:
    notices, mails = defaultdict(list), defaultdict(set)
    for notice in books.notices:
        notices[notice.order_id].append(notice)
    for mail in books.mails:
        mails[mail.order_id].add(mail.message_id)
    for order_id in mails.keys() - books.order.keys():
        if order_id and books.is_settled(order_id):
            yield order_id, "a mail was sent about an order that there is not"
    known = {one.order_id: one for one in books.notifications}
    for order in books.settled:
        order_id = order.order_id
        yield from (
            (order_id, wrong)
            for wrong in (
                _told_wrongly(order, notices[order_id]),
                _not_told(order, known.get(order_id), notices[order_id]),
                _mailed_wrongly(order, known.get(order_id), mails[order_id]),
            )
            if wrong
        )


def _told_wrongly(order: Order, notices: list[Notice]) -> str | None:
    kinds = [notice.kind for notice in notices]
    expected = KINDS.get(order.status or "")
    if len(set(kinds)) < len(kinds):
        return f"its customer was told {len(kinds)} times: {', '.join(kinds)}"
    if any(kind != expected for kind in kinds):
        return f"is {order.status}, its customer was told {', '.join(kinds)}"
    return None


def _not_told(order: Order, notification: Notification | None, notices: list[Notice]) -> str | None:
    status = notification.status if notification else "unknown"
    if order.status in FINAL and status not in ("sent", "refused"):
        return f"is {order.status}, the message to its customer is {status}"
    ids = {notice.message_id for notice in notices}
    if notification and status == "sent" and ids != {notification.message_id}:
        return f"message {notification.message_id} was sent, the topic says {ids or 'nothing'}"
    return None


def _mailed_wrongly(
    order: Order, notification: Notification | None, mailed: set[str]
) -> str | None:
    if mailed and order.status not in KINDS:
        return f"a mail was sent although it is {order.status}"
    if len(mailed) > 1:
        return f"{len(mailed)} different mails were sent: {', '.join(sorted(mailed))}"
    if notification and notification.status == "sent":
        sent = (notification.message_id or "").strip("<>")
        if mailed != {sent}:
            return f"message {sent} was sent, its customer has {', '.join(mailed) or 'nothing'}"
    return None


RULE = Rule(
    "messages",
    "at most one message per order and kind, and only what is true of the order",
    _counts,
    _find,
)
