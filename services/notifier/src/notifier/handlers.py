"""What the notifier does about what it hears: tell the customer, once."""

from events import CustomerNotified, OrderStatusChanged
from messaging import Handlers

from notifier.commands import MailRefused, MailSent, SendMail
from notifier.lifecycle import KIND_BY_STATUS, NotificationStatus
from notifier.unit_of_work import NotifierWork

handlers = Handlers[NotifierWork]("notifier")


@handlers.on(OrderStatusChanged, asks=[SendMail])
def tell_customer(event: OrderStatusChanged, work: NotifierWork) -> None:
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
def note_sent(answer: MailSent, work: NotifierWork) -> None:
    """The mail server has the message."""
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
def note_refused(answer: MailRefused, work: NotifierWork) -> None:
    """There is no such mailbox: trying again would change nothing."""
    work.of(answer.order_id).become(NotificationStatus.REFUSED)
