"""Faults on demand: plans for single orders, their injection into a worker, and crash points.

Everything here is off unless a setting or a variable of the environment turns it on.
"""

from fault_injection.injector import FaultInjector, PlannedFaultError
from fault_injection.plans import (
    CATALOGUE,
    OUT_OF_STOCK,
    STRUCK,
    FaultPlan,
    as_baggage,
    crashed_at,
    plan_in,
    poisoned_at,
)

__all__ = [
    "CATALOGUE",
    "OUT_OF_STOCK",
    "STRUCK",
    "FaultInjector",
    "FaultPlan",
    "PlannedFaultError",
    "as_baggage",
    "crashed_at",
    "plan_in",
    "poisoned_at",
]
