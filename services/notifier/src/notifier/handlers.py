"""What the notifier does about what it consumes: tell the customer, once."""

from events import CustomerNotified, OrderStatusChanged
from messaging import CommandRedriven, CommandRefused, Handlers

from notifier.commands import MailRefused, MailSent, SendMail, commands
from notifier.lifecycle import KIND_BY_STATUS, NotificationStatus
from notifier.unit_of_work import NotifierWork

handlers = Handlers[NotifierWork]("notifier")


@handlers.on(OrderStatusChanged, asks=[SendMail])
def notify_customer(event: OrderStatusChanged, work: NotifierWork) -> None:
    """Tell the customer's systems of every change; send mail once, when it was shipped or cancelled."""
    work.tell(event)
    kind = KIND_BY_STATUS.get(event.status)
    if kind is None:
        return
    notification = work.of(event.order_id)
    if notification.status is not NotificationStatus.UNKNOWN:
        return
    notification.become(NotificationStatus.SENDING)
    notification.kind = kind
    work.ask(
        SendMail(
            order_id=event.order_id,
            mail=kind,
            recipient=event.recipient,
            total=event.total,
            reason=event.reason,
            tracking_code=event.tracking_code,
        )
    )


@handlers.on(MailSent, emits=[CustomerNotified])
def record_sent_mail(answer: MailSent, work: NotifierWork) -> None:
    """Record that the mail server has the message."""
    notification = work.of(answer.order_id)
    notification.become(NotificationStatus.SENT)
    notification.message_id = answer.message_id
    work.emit(
        CustomerNotified(
            order_id=answer.order_id,
            kind=answer.mail,
            message_id=answer.message_id,
            notified_at=work.now,
        )
    )


@handlers.on(MailRefused)
def record_refused_mail(answer: MailRefused, work: NotifierWork) -> None:
    """Record that there is no such mailbox: trying again would change nothing."""
    work.of(answer.order_id).become(NotificationStatus.REFUSED)


@handlers.on(CommandRefused, where=lambda fact: fact.is_final)
def record_refused_command(fact: CommandRefused, work: NotifierWork) -> None:
    """Leave a message that the mail server will never take to people."""
    notification = work.of(fact.order_id)
    if notification.status is NotificationStatus.SENDING:
        notification.become(NotificationStatus.REFUSED)


@handlers.on(CommandRedriven, asks=[SendMail])
def ask_again(fact: CommandRedriven, work: NotifierWork) -> None:
    """Send the message once more, unless it was sent."""
    notification = work.of(fact.order_id)
    if notification.status is NotificationStatus.SENT:
        return
    if notification.status is NotificationStatus.REFUSED:
        notification.become(NotificationStatus.SENDING)
    work.ask(commands.read(fact.command, fact.body))
