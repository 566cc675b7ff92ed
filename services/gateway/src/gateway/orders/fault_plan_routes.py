"""Fault plans over HTTP, for operators of test beds; in production these addresses do not exist."""

from fastapi import APIRouter, Request
from messaging.fault_plans import CATALOGUE
from pydantic import ValidationError
from starlette.responses import Response

from gateway.contract.fault_plans import ATTACH_FAULT_PLAN, LIST_FAULT_PLANS, FaultPlanRequest
from gateway.contract.parameters import KeyInPath
from gateway.gateway import database_or_503, gateway_of
from gateway.http.bodies import Body, read_json
from gateway.identity.callers import authorise
from gateway.orders.documents import PRIVATE, json_response
from gateway.orders.fault_plans import FaultPlans
from gateway.orders.idempotency import VALID
from gateway.problems.faults import faults_of
from gateway.problems.problem import ProblemError

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


def _fault_plans(request: Request) -> FaultPlans:
    fault_plans = gateway_of(request).fault_plans
    assert fault_plans is not None  # noqa: S101  # the routes are there only where it is
    return fault_plans


def _plan(body: Body) -> str:
    try:
        return FaultPlanRequest.model_validate(body.value).plan.value
    except ValidationError as error:
        faults = faults_of(error)
    known = ", ".join(CATALOGUE)
    raise ProblemError("unknown_fault_plan", f"The plans are: {known}.", errors=faults)
