"""FieldError plans over HTTP, for operators of test beds; in production these addresses do not exist."""

from datetime import datetime
from enum import StrEnum

from fastapi import APIRouter, Request
from fault_injection import CATALOGUE
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.responses import Response

from gateway.api.authorization import authorise
from gateway.database import database_or_503
from gateway.http.bodies import Body, read_json
from gateway.intake import fault_plans as kept
from gateway.intake.idempotency import VALID
from gateway.openapi.operation import Answer, operation
from gateway.openapi.parameters import KeyInPath
from gateway.problems.problem import ProblemError
from gateway.problems.validation_errors import field_errors
from gateway.reads.representations import PRIVATE, json_response
from gateway.state.gateway import gateway_of

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

router = APIRouter(prefix="/admin/fault-plans", tags=["fault plans"])


@router.get("", **LIST_FAULT_PLANS)
async def list_fault_plans(request: Request) -> Response:
    """Say which plans there are, how an order with each must end, and what is attached."""
    await authorise(request)
    with database_or_503():
        attached = await _fault_plans(request).attached()
    document = {
        "plans": [
            {"name": plan.name, "does": plan.does, "ends": plan.end} for plan in CATALOGUE.values()
        ],
        "attached": [
            {
                "idempotency_key": one.idempotency_key,
                "plan": one.plan,
                "attached_at": one.attached_at.isoformat(),
                "order_id": one.order_id,
            }
            for one in attached
        ],
    }
    return json_response(document, 200, dict(PRIVATE))


@router.put("/{idempotency_key}", **ATTACH_FAULT_PLAN)
async def attach_fault_plan(request: Request, idempotency_key: KeyInPath) -> Response:
    """Let the order that will be placed with this Idempotency-Key fail by plan: `{"plan": NAME}`."""
    await authorise(request)
    if not VALID.fullmatch(idempotency_key):
        raise ProblemError("idempotency_key_invalid", "No order can have this Idempotency-Key.")
    plan = _plan(await read_json(request))
    with database_or_503():
        if not await _fault_plans(request).attach(idempotency_key, plan):
            raise ProblemError(
                "order_already_placed", "An order was placed with this Idempotency-Key before."
            )
    document = {"idempotency_key": idempotency_key, "plan": plan}
    return json_response(document, 200, dict(PRIVATE))


def _fault_plans(request: Request) -> kept.FaultPlans:
    fault_plans = gateway_of(request).fault_plans
    assert fault_plans is not None  # noqa: S101  # the routes are there only where it is
    return fault_plans


def _plan(body: Body) -> str:
    try:
        return FaultPlanRequest.model_validate(body.value).plan.value
    except ValidationError as error:
        errors = field_errors(error)
    known = ", ".join(CATALOGUE)
    raise ProblemError("unknown_fault_plan", f"The plans are: {known}.", errors=errors)
