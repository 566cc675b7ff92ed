"""What the notifier asks of the mail server, and what it may answer."""

from dataclasses import dataclass

from events import CancellationReason, Money, NotificationKind, SealedPersonalData
from messaging import Answer, Command, Commands
from privacy import Sealer

from notifier.mail import Mailer
from notifier.mail_answers import RecipientRefusedError
from notifier.messages import compose


class SendMail(Command):
    """Tell the customer what became of the order."""

    mail: NotificationKind
    recipient: SealedPersonalData
    total: Money
    reason: CancellationReason | None
    tracking_code: str | None


class MailSent(Answer):
    """The mail server took the message."""

    mail: NotificationKind
    message_id: str


class MailRefused(Answer):
    """The mail server knows no such recipient."""


@dataclass(frozen=True, slots=True)
class Post:
    """The mail server, and the key to the address."""

    mailer: Mailer
    sealer: Sealer


commands = Commands[Post]()


@commands.on(SendMail)
async def send(command: SendMail, post: Post) -> MailSent | MailRefused:
    """Send the message; the address is opened only here."""
    recipient = post.sealer.unseal(command.recipient, command.order_id)
    try:
        mail = compose(
            command.mail,
            command.order_id,
            recipient,
            total=command.total,
            reason=command.reason,
            tracking_code=command.tracking_code,
        )
        await post.mailer.send(mail)
    except RecipientRefusedError:
        return MailRefused(order_id=command.order_id)
    return MailSent(order_id=command.order_id, mail=command.mail, message_id=mail.message_id)
