"""Carries out in a worker what fault plans want; made only where `FAULT_PLANS` is on."""

from collections.abc import Iterable

import structlog
from events import Event, OrderStatus, OrderStatusChanged

from messaging import crash_points
from messaging.delivery import Delivery
from messaging.fault_plans import STRUCK, crashed_at, plan_in, poisoned_at

MAILED = (OrderStatus.SHIPPED, OrderStatus.COMPLETED, OrderStatus.CANCELLED)

log = structlog.get_logger(__name__)


class PlannedFaultError(RuntimeError):
    """An order's fault plan wants that this event cannot be handled."""


class PlannedFaults:
    """The faults of one service. Each strikes once per order: at the first event heard of it."""

    def __init__(self, service: str) -> None:
        self._struck = STRUCK.get(service)
        self._poisoned = poisoned_at(service)
        self._crashed = crashed_at(service)

    def before_handling(self, delivery: Delivery) -> None:
        """Let an event that is poisoned fail; a dead letter that is redriven does not any more.

        Raises:
            PlannedFaultError: its plan wants it.
        """
        if delivery.redrive is None and self._wants(self._poisoned, delivery):
            raise PlannedFaultError(f"the fault plan {self._poisoned}")

    def after_commit(self, fresh: Iterable[Delivery]) -> None:
        """Die if one of these wants it. A repeat is not fresh, so the successor lives."""
        if any(self._wants(self._crashed, delivery) for delivery in fresh):
            log.critical("dying", fault_plan=self._crashed)
            crash_points.die()

    def _wants(self, plan: str, delivery: Delivery) -> bool:
        return (
            type(delivery.fact) is self._struck
            and plan_in(delivery.cause.baggage) == plan
            and _can_strike(delivery.fact)
        )


def _can_strike(event: Event) -> bool:
    """Whether this event may be the one that a plan strikes.

    The notifier's events are all of one type. It is struck at the first that its customer gets a mail
    about: not again when the order was shipped before, or held, because that first one was poisoned.
    """
    if not isinstance(event, OrderStatusChanged):
        return True
    before = (OrderStatus.SHIPPED, OrderStatus.HELD)
    return event.status in MAILED and event.previous not in before
