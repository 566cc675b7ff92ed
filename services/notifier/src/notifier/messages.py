"""The words of the messages."""

from email.message import Message
from email.mime.text import MIMEText

from events import CancellationReason, Money, NotificationKind
from servicekit import PersonalData

SENDER = "orderstream <orders@orderstream.example>"

REASONS = {
    CancellationReason.PAYMENT_DECLINED: "Your bank declined the payment. Nothing was charged.",
    CancellationReason.OUT_OF_STOCK: (
        "Something you ordered has sold out. The money that we had set aside is free again."
    ),
    CancellationReason.BY_CUSTOMER: "You asked us to stop it. Nothing was charged.",
    CancellationReason.OVERDUE: "We could not send it in time. Nothing was charged.",
    CancellationReason.UNDELIVERABLE: (
        "Our carrier does not deliver to your address. Nothing was charged."
    ),
}


def compose(
    kind: NotificationKind,
    order_id: str,
    recipient: PersonalData,
    *,
    total: Money,
    reason: CancellationReason | None,
    tracking_code: str | None,
) -> Message:
    """Write the message of one kind about one order.

    Its Message-ID follows from both, so that a mail system that gets it twice, because we could not
    know that the first one had arrived, can tell that they are one.
    """
    amount = f"{total.amount / 100:.2f} {total.currency}"
    if kind == "order_shipped":
        subject = "Your order is on its way"
        told = f"Your order {order_id} over {amount} is on its way.\n\nTrack it: {tracking_code}"
    else:
        subject = "Your order was cancelled"
        why = REASONS[reason] if reason is not None else "Nothing was charged."
        told = f"Your order {order_id} over {amount} was cancelled.\n\n{why}"
    # EmailMessage parses each header that it is given, which took a third of the notifier's time;
    # nothing here needs parsing, and an address holds no blank or line end.
    message = MIMEText(
        f"Dear {recipient.name},\n\n{told}\n\nYours, orderstream\n", "plain", "utf-8"
    )
    message["From"] = SENDER
    message["To"] = recipient.email
    message["Subject"] = subject
    message["Message-ID"] = f"<{order_id}.{kind}@orderstream.example>"
    message["X-Order-Id"] = order_id
    return message
