"""What is promised of fault plans, where a gateway takes them."""

from datetime import datetime
from enum import StrEnum

from messaging.fault_plans import CATALOGUE
from pydantic import BaseModel, ConfigDict

from gateway.contract.operation import Answer, operation

PlanName = StrEnum("PlanName", {name: name for name in CATALOGUE})  # type: ignore[misc]  # made of the catalogue


class FaultPlanRequest(BaseModel):
    """Which plan."""

    model_config = ConfigDict(extra="forbid")

    plan: PlanName


class FaultPlan(BaseModel):
    """One way for an order to fail, and how it ends then."""

    name: PlanName
    does: str
    ends: str


class AttachedFaultPlan(BaseModel):
    """A plan under the Idempotency-Key of its order; no `order_id` while that is not placed."""

    idempotency_key: str
    plan: str
    attached_at: datetime
    order_id: str | None


class FaultPlans(BaseModel):
    """The catalogue, and what is attached, the newest first."""

    plans: list[FaultPlan]
    attached: list[AttachedFaultPlan]


class Attachment(BaseModel):
    """What was attached to what."""

    idempotency_key: str
    plan: PlanName


LIST_FAULT_PLANS = operation(
    Answer(
        status=200,
        says="The plans.",
        model=FaultPlans,
        example="fault_plans",
    ),
    refuses=("database_unavailable",),
)
ATTACH_FAULT_PLAN = operation(
    Answer(
        status=200,
        says="The order that comes with this key will fail by this plan.",
        model=Attachment,
        example="fault_plan_attached",
    ),
    body=(FaultPlanRequest, "fault_plan"),
    refuses=(
        "idempotency_key_invalid",
        "order_already_placed",
        "unknown_fault_plan",
        "database_unavailable",
    ),
)
