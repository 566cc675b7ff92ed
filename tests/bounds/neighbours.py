"""What the services ask of their neighbours about an order, in the words in which they ask it."""

from dataclasses import dataclass

from events import OrderPlaced
from messaging import Answer
from notifier.commands import Post, SendMail
from notifier.commands import send as send_mail
from notifier.mail import Mailer
from payment.commands import AuthorizePayment, authorize
from payment.provider import Provider
from privacy import Sealer
from shipping.carrier import Carrier
from shipping.commands import BookParcel, Dispatch, book


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The payment provider, the carrier and the mail server, with the key to the recipients."""

    provider: Provider
    carrier: Carrier
    mailer: Mailer
    sealer: Sealer

    async def pay(self, order: OrderPlaced) -> Answer:
        """Have the order's total held."""
        wanted = AuthorizePayment(
            order_id=order.order_id, amount=order.total, token=order.payment_token
        )
        return await authorize(wanted, self.provider)

    async def ship(self, order: OrderPlaced) -> Answer:
        """Have the order's parcel taken."""
        units = sum(line.quantity for line in order.lines)
        wanted = BookParcel(order_id=order.order_id, units=units, recipient=order.recipient)
        return await book(wanted, Dispatch(self.carrier, self.sealer))

    async def notify(self, order: OrderPlaced) -> Answer:
        """Have the customer told."""
        wanted = SendMail(
            order_id=order.order_id,
            mail="order_shipped",
            recipient=order.recipient,
            total=order.total,
            reason=None,
            tracking_code="EZ1",
        )
        return await send_mail(wanted, Post(self.mailer, self.sealer))
