"""Carries out in a worker what fault plans want; made only where `FAULT_PLANS` is on."""

from collections.abc import Iterable

import structlog
from events import OrderStatus, OrderStatusChanged

from fault_injection import crash_points
from fault_injection.plans import STRUCK, crashed_at, plan_in, poisoned_at

MAILED = (OrderStatus.SHIPPED, OrderStatus.COMPLETED, OrderStatus.CANCELLED)

log = structlog.get_logger(__name__)


class PlannedFaultError(RuntimeError):
    """An order's fault plan wants that this event cannot be handled."""


class FaultInjector:
    """The faults of one service. Each strikes once per order: at its first event here.

    An event comes with the baggage that it carries, which names the plan.
    """

    def __init__(self, service: str) -> None:
        self._struck = STRUCK.get(service)
        self._poisoned = poisoned_at(service)
        self._crashed = crashed_at(service)

    def before_handling(self, fact: object, baggage: str | None) -> None:
        """Let an event that is poisoned fail.

        Raises:
            PlannedFaultError: its plan wants it.
        """
        if self._wants(self._poisoned, fact, baggage):
            raise PlannedFaultError(f"the fault plan {self._poisoned}")

    def after_commit(self, handled: Iterable[tuple[object, str | None]]) -> None:
        """Die if one of these wants it. A repeat is not among them, so the successor lives."""
        if any(self._wants(self._crashed, fact, baggage) for fact, baggage in handled):
            log.critical("dying_of_fault_plan", fault_plan=self._crashed)
            crash_points.die()

    def _wants(self, plan: str, fact: object, baggage: str | None) -> bool:
        return type(fact) is self._struck and plan_in(baggage) == plan and _is_first(fact)


def _is_first(event: object) -> bool:
    """Tell whether this event may be the one that a plan strikes.

    The notifier's events are all of one type. It is struck at the first that its customer gets a mail
    about: not again when the order was shipped before, or held, because that first one was poisoned.
    """
    if not isinstance(event, OrderStatusChanged):
        return True
    before = (OrderStatus.SHIPPED, OrderStatus.HELD)
    return event.status in MAILED and event.previous not in before
