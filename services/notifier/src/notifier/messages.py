"""The messages: as text and as HTML, from the templates of their kind."""

from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import SMTPUTF8

from events import CancellationReason, Money, NotificationKind
from events.currencies import written
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from privacy import PersonalData

from notifier.mailbox import mailbox_of

SUBJECTS = {
    "order_shipped": "Your order is on its way",
    "order_cancelled": "Your order was cancelled",
}
SENDER = "orderstream <orders@orderstream.example>"

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
)


def compose(
    kind: NotificationKind,
    order_id: str,
    recipient: PersonalData,
    *,
    total: Money,
    reason: CancellationReason | None,
    tracking_code: str | None,
) -> Message:
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
    # EmailMessage parses each header that it is given, which took a third of the notifier's time;
    # nothing here needs parsing, and an address holds no blank or line end.
    address = mailbox_of(recipient.email)
    message = MIMEMultipart("alternative") if address.isascii() else _of_other_letters()
    for form, subtype in (("txt", "plain"), ("html", "html")):
        text = TEMPLATES.get_template(f"{kind}.{form}").render(told)
        message.attach(MIMEText(text, subtype, "utf-8"))
    message["From"] = SENDER
    message["To"] = address
    message["Subject"] = subject
    message["Message-ID"] = f"<{order_id}.{kind}@orderstream.example>"
    message["X-Order-Id"] = order_id
    return message


def _of_other_letters() -> Message:
    """Return a message whose headers may be UTF-8 (RFC 6532): addresses must not be encoded (RFC 2047, 5)."""
    message = EmailMessage(policy=SMTPUTF8)
    message.make_alternative()
    return message
