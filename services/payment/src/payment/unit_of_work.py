"""One batch's payments: loaded and locked together, saved together."""

from collections.abc import Sequence
from typing import ClassVar, Self

from messaging import Fact, Rows, UnitOfWork, order_ids
from servicekit import Connection

from payment.lifecycle import Payment
from payment.models import payments

PAYMENTS = Rows(Payment, payments)


class PaymentWork(UnitOfWork[Payment]):
    """Unit of work of payment's handlers."""

    service: ClassVar[str] = "payment"
    aggregate_type: ClassVar[type[Payment]] = Payment

    @classmethod
    async def load(cls, connection: Connection, facts: Sequence[Fact]) -> Self:
        """Lock the payment of every order in the batch."""
        return cls(await PAYMENTS.create_and_lock(connection, order_ids(facts)))

    async def save(self, connection: Connection) -> None:
        """Write the payments back."""
        await PAYMENTS.update(connection, self.aggregates.values())
