"""One batch's payments: loaded and locked together, saved together."""

from collections.abc import Sequence
from typing import ClassVar, Self

from messaging import Rows, UnitOfWork, order_ids
from messaging.delivery import Fact
from servicekit import Connection

from payment.lifecycle import Payment
from payment.models import payments

PAYMENTS = Rows(Payment, payments)


class PaymentWork(UnitOfWork[Payment]):
    """What payment's handlers look up, change, say and ask."""

    service: ClassVar[str] = "payment"
    aggregate_type: ClassVar[type[Payment]] = Payment

    @classmethod
    async def load(cls, connection: Connection, facts: Sequence[Fact]) -> Self:
        """Lock the payment of every order in the batch."""
        return cls(await PAYMENTS.create_and_lock(connection, order_ids(facts)))

    async def save(self, connection: Connection) -> None:
        """Write the payments back."""
        await PAYMENTS.update(connection, self.aggregates.values())
