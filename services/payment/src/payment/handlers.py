"""What payment does about what it consumes: hold the money, take it, or let it go."""

from events import (
    Money,
    OrderPlaced,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentDeclined,
    PaymentUnderReview,
    PaymentVoided,
    ShipmentCancelled,
    ShippingInitiated,
    StockRejected,
)
from messaging import CommandRedriven, CommandRefused, Handlers, Timer

from payment.commands import (
    Approved,
    AuthorizePayment,
    Captured,
    CapturePayment,
    Declined,
    Voided,
    VoidPayment,
    commands,
)
from payment.lifecycle import Payment, PaymentStatus
from payment.unit_of_work import PaymentWork

handlers = Handlers[PaymentWork]("payment")


class CaptureOverdue(Timer):
    """The provider was asked so often for what it holds, and has not let us take it."""

    tries: int


WAITING_FOR = {
    AuthorizePayment: {PaymentStatus.PENDING, PaymentStatus.REFUSED},
    CapturePayment: {PaymentStatus.CAPTURING, PaymentStatus.REVIEW},
    VoidPayment: {PaymentStatus.VOIDING},
}
"""Where a payment stands that an answer to the command would still move on."""


@handlers.on(OrderPlaced, asks=[AuthorizePayment])
def request_authorization(event: OrderPlaced, work: PaymentWork) -> None:
    """Ask the provider to hold the order's total."""
    payment = work.of(event.order_id)
    if payment.status is PaymentStatus.VOIDED:
        return  # the cancellation overtook the order: nothing is ever charged
    payment.become(PaymentStatus.PENDING)
    payment.amount, payment.lines, payment.recipient = event.total, event.lines, event.recipient
    work.ask(
        AuthorizePayment(order_id=event.order_id, amount=event.total, token=event.payment_token)
    )


@handlers.on(Approved, emits=[PaymentAuthorized], asks=[VoidPayment])
def record_authorization(answer: Approved, work: PaymentWork) -> None:
    """Record that the money is held; emit it, unless the order was cancelled meanwhile."""
    payment = work.of(answer.order_id)
    payment.become(PaymentStatus.AUTHORIZED)
    payment.payment_id = answer.payment_id
    if payment.cancellation_noted:
        _void(payment, work)
        return
    if payment.amount is None or payment.recipient is None:
        raise ValueError(f"the payment of {answer.order_id} was approved before it was asked for")
    work.emit(
        PaymentAuthorized(
            order_id=answer.order_id,
            payment_id=answer.payment_id,
            amount=payment.amount,
            lines=payment.lines,
            recipient=payment.recipient,
        )
    )
    payment.lines, payment.recipient = (), None


@handlers.on(Declined, emits=[PaymentDeclined])
def record_decline(answer: Declined, work: PaymentWork) -> None:
    """Record that the provider refused: the order ends here."""
    payment = work.of(answer.order_id)
    payment.become(PaymentStatus.DECLINED)
    payment.lines, payment.recipient = (), None
    work.emit(PaymentDeclined(order_id=answer.order_id, decline_code=answer.decline_code))


@handlers.on(StockRejected, asks=[VoidPayment])
def void_payment_without_stock(event: StockRejected, work: PaymentWork) -> None:
    """Let the money go: the goods are not there."""
    payment = work.of(event.order_id)
    if payment.status in (PaymentStatus.VOIDING, PaymentStatus.VOIDED):
        return  # a cancellation has let the money go already
    _void(payment, work)


@handlers.on(ShipmentCancelled, emits=[PaymentVoided], asks=[VoidPayment])
def void_cancelled_payment(event: ShipmentCancelled, work: PaymentWork) -> None:
    """Let the money go, or never hold it: there will be no parcel."""
    payment = work.of(event.order_id)
    match payment.status:
        case PaymentStatus.UNKNOWN | PaymentStatus.REFUSED:
            _end_without_money(payment, work)
        case PaymentStatus.PENDING:
            payment.cancellation_noted = True
        case PaymentStatus.DECLINED | PaymentStatus.VOIDING | PaymentStatus.VOIDED:
            pass  # nothing is held, or it is being voided
        case _:
            _void(payment, work)


@handlers.on(CommandRefused, emits=[PaymentVoided], where=lambda fact: fact.is_final)
def record_refused_command(fact: CommandRefused, work: PaymentWork) -> None:
    """Leave money that the provider will never hold to people, unless the order was stopped."""
    payment = work.of(fact.order_id)
    if payment.status is not PaymentStatus.PENDING or fact.command != AuthorizePayment.kind():
        return  # of money that is held, nothing is decided without people
    if payment.cancellation_noted:
        _end_without_money(payment, work)
    else:
        payment.become(PaymentStatus.REFUSED)


@handlers.on(CommandRedriven, asks=[AuthorizePayment, CapturePayment, VoidPayment])
def ask_again(fact: CommandRedriven, work: PaymentWork) -> None:
    """Ask the provider once more, with the same key, if that is still to be done."""
    payment, command = work.of(fact.order_id), commands.read(fact.command, fact.body)
    if payment.status not in WAITING_FOR[type(command)]:
        return
    if payment.status is PaymentStatus.REFUSED:
        payment.become(PaymentStatus.PENDING)
    work.ask(command)


@handlers.on(Voided, emits=[PaymentVoided])
def record_void(answer: Voided, work: PaymentWork) -> None:
    """Record that nothing is held any more."""
    payment = work.of(answer.order_id)
    payment.become(PaymentStatus.VOIDED)
    payment.lines, payment.recipient = (), None
    work.emit(PaymentVoided(order_id=answer.order_id, payment_id=payment.payment_id))


@handlers.on(ShippingInitiated, asks=[CapturePayment])
def capture_payment(event: ShippingInitiated, work: PaymentWork) -> None:
    """Take what was held: the parcel is on its way."""
    payment = work.of(event.order_id)
    payment.become(PaymentStatus.CAPTURING)
    work.ask(CapturePayment(order_id=event.order_id, payment_id=payment.payment_id or ""))


@handlers.on(CaptureOverdue, emits=[PaymentUnderReview])
def flag_for_review(timer: CaptureOverdue, work: PaymentWork) -> None:
    """Let people know, once; the command stays open, so the provider is asked on and on."""
    payment = work.of(timer.order_id)
    if payment.status is not PaymentStatus.CAPTURING:
        return  # it rang before, or the money has come meanwhile
    payment.become(PaymentStatus.REVIEW)
    payment_id, amount = _held(payment)
    work.emit(
        PaymentUnderReview(
            order_id=timer.order_id, payment_id=payment_id, amount=amount, tries=timer.tries
        )
    )


@handlers.on(Captured, emits=[PaymentCaptured])
def record_capture(answer: Captured, work: PaymentWork) -> None:
    """Record that the money is ours."""
    payment = work.of(answer.order_id)
    payment.become(PaymentStatus.CAPTURED)
    payment_id, amount = _held(payment)
    work.emit(PaymentCaptured(order_id=answer.order_id, payment_id=payment_id, amount=amount))


def _void(payment: Payment, work: PaymentWork) -> None:
    payment.become(PaymentStatus.VOIDING)
    work.ask(VoidPayment(order_id=payment.order_id, payment_id=payment.payment_id or ""))


def _end_without_money(payment: Payment, work: PaymentWork) -> None:
    payment.become(PaymentStatus.VOIDED)
    payment.lines, payment.recipient = (), None
    work.emit(PaymentVoided(order_id=payment.order_id))


def _held(payment: Payment) -> tuple[str, Money]:
    if payment.payment_id is None or payment.amount is None:
        raise ValueError(f"the payment of {payment.order_id} was captured before it was held")
    return payment.payment_id, payment.amount
