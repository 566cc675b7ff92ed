"""The messages: as text and as HTML, from the templates of their kind."""

from events import CancellationReason, Money, NotificationKind
from events.currencies import written
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from privacy import PersonalData

from notifier.mailbox import mailbox_of
from notifier.mime import Mail, write_mail

SUBJECTS = {
    "order_shipped": "Your order is on its way",
    "order_cancelled": "Your order was cancelled",
}
SENDER_ADDRESS = "orders@orderstream.example"
SENDER = f"orderstream <{SENDER_ADDRESS}>"

REASONS = {
    CancellationReason.PAYMENT_DECLINED: "The payment was not accepted. Nothing was charged.",
    CancellationReason.OUT_OF_STOCK: (
        "Something you ordered has sold out. The money that we had set aside is free again."
    ),
    CancellationReason.BY_CUSTOMER: "You asked us to stop it. Nothing was charged.",
    CancellationReason.OVERDUE: "We could not send it in time. Nothing was charged.",
    CancellationReason.UNDELIVERABLE: (
        "Our carrier does not deliver to your address. Nothing was charged."
    ),
}
TEMPLATES = Environment(
    loader=PackageLoader("notifier"),
    autoescape=select_autoescape(["html"]),  # a customer's name may hold anything
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    auto_reload=False,  # looking whether a file has changed took longer than filling it in
)


def compose(
    kind: NotificationKind,
    order_id: str,
    recipient: PersonalData,
    *,
    total: Money,
    reason: CancellationReason | None,
    tracking_code: str | None,
) -> Mail:
    """Write the message of one kind about one order, for readers of text and of HTML.

    Its Message-ID follows from both, so that a mail system that gets it twice, because we could not
    know that the first one had arrived, can tell that they are one.
    """
    subject = SUBJECTS[kind]
    told = {
        "subject": subject,
        "name": recipient.name,
        "order_id": order_id,
        "total": written(total.amount, total.currency),
        "tracking_code": tracking_code,
        "why": REASONS[reason] if reason is not None else "Nothing was charged.",
    }
    text, html = (TEMPLATES.get_template(f"{kind}.{form}").render(told) for form in ("txt", "html"))
    headers = {
        "From": SENDER,
        # Unencoded, in whatever letters: addresses must not be encoded (RFC 2047, 5; RFC 6532).
        "To": mailbox_of(recipient.email),
        "Subject": subject,
        "Message-ID": f"<{order_id}.{kind}@orderstream.example>",
        "X-Order-Id": order_id,
    }
    return write_mail(headers, text, html)
