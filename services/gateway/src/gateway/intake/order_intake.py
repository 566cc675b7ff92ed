"""From a request to an accepted order, and to a requested cancellation.

The way of an order: read, reserve its key, build (price, seal, encode), commit with others in one statement, relay.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from events import OrderStatus
from tracing import ended_together

from gateway.database import database_or_503
from gateway.http.bodies import Body
from gateway.intake.fault_plans import FaultPlans
from gateway.intake.group_commit import FullError, GroupCommit
from gateway.intake.idempotency import InFlightKeys, check_same_body
from gateway.intake.order_builder import OrderBuilder, cancellation_record
from gateway.intake.requests import read_order
from gateway.intake.store import Accepted, NewOrder, OrderStore
from gateway.problems.problem import ProblemError
from gateway.reads.orders import AcceptedOrder, OrderReader
from gateway.reads.representations import Document


class OrderIntake:
    """Intake of orders and of requests to cancel them.

    At most `limit` orders wait for the database at once, of one customer half as many.
    `fault_plans` is None in production.
    """

    def __init__(
        self,
        builder: OrderBuilder,
        store: OrderStore,
        orders: OrderReader,
        fault_plans: FaultPlans | None,
        limit: int,
    ) -> None:
        self.in_flight = InFlightKeys(max(1, limit // 2))
        self.group_commit = GroupCommit(self._write, limit)
        self._builder = builder
        self.store = store
        self._orders = orders
        self._fault_plans = fault_plans

    async def accept(self, customer_id: str, key: str, body: Body) -> Accepted:
        """Accept an order, or find the one that has been accepted under this key before.

        Of a repeat it does not matter whether it could be priced today.

        Raises:
            ProblemError: the order is refused, or the key was first sent with another body, or is
                just being used by another request.
        """
        order = read_order(body)
        with self.in_flight.hold(customer_id, key), database_or_503(), ended_together() as spans:
            try:
                new = self._builder.build(order, body, customer_id, key)
            except ProblemError:
                known = await self.store.stored([(customer_id, key)])
                if not known:
                    raise
                (accepted,) = known.values()
            else:
                accepted = await self._commit(new)
            if accepted.replayed:
                spans.clear()  # the event was created by an earlier request
        check_same_body(accepted, body.fingerprint())
        return accepted

    async def cancel(self, order_id: str, accepted: AcceptedOrder) -> Document:
        """Request to stop an order; returns its document.

        It is requested once per order, however often the customer asks, and also while the order
        service is unavailable.

        Raises:
            ProblemError: it is known to be too late.
        """
        document = await self._orders.current(order_id) or accepted.document
        status, requested = OrderStatus(document["status"]), accepted.cancellation_requested
        refusal = cancellation_refusal(status, requested=requested)
        if refusal is not None:
            raise refusal
        if not requested:
            now = datetime.now(UTC)
            with database_or_503(), ended_together():
                record = cancellation_record(order_id, now)
                await self.store.request_cancellation(order_id, now, record)
        return document

    async def _commit(self, new: NewOrder) -> Accepted:
        try:
            return await self.group_commit.submit(new)
        except FullError:
            detail = "Too many orders are waiting to be accepted."
            raise ProblemError("overloaded", detail) from None

    async def _write(self, orders: Sequence[NewOrder]) -> list[Accepted]:
        """Write a group of orders, with the fault plans that are attached to them."""
        if self._fault_plans is not None:
            orders = await self._fault_plans.arm(orders)
        return await self.store.accept(orders)


def cancellation_refusal(status: OrderStatus, *, requested: bool) -> ProblemError | None:
    """Decide which refusal a cancellation gets; None if it is accepted.

    An order that was cancelled because its customer `requested` it may be cancelled again: the
    client repeats itself.
    """
    if status.has_shipped:
        return ProblemError("already_shipped", "The order has been handed to the carrier.")
    if status is OrderStatus.CANCELLED and not requested:
        return ProblemError("already_final", "The order has been cancelled already.")
    return None
