"""The payment provider's interface: Stripe's paths and words, with JSON bodies."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Request
from simkit import fault_plan, idempotency_key, json_response, listed
from starlette.responses import Response

from psp import ledger, tokens
from psp.authorizing import Authorizing
from psp.requests import Cancel, Capture, NewIntent, NewRefund
from psp.settling import Settling

router = APIRouter()
Key = Annotated[str | None, Depends(idempotency_key)]
FaultPlan = Annotated[str | None, Depends(fault_plan)]
MaybeCapture = Annotated[Capture, Body(default_factory=Capture)]
MaybeCancel = Annotated[Cancel, Body(default_factory=Cancel)]


@router.post("/v1/payment_intents")
async def create_intent(wanted: NewIntent, request: Request, key: Key, plan: FaultPlan) -> Response:
    """Authorise a payment: 200 `requires_capture`, or 402 with a decline code."""
    authorizing: Authorizing = request.app.state.authorizing
    return (await authorizing.authorize(wanted, key, plan)).as_response()


@router.get("/v1/payment_intents")
async def list_intents(request: Request, order_id: Annotated[str, Query(min_length=1)]) -> Response:
    """List the intents of one order, oldest first; all of them are in `/books`."""
    found = request.app.state.ledger.of_order(order_id)
    data = [intent.as_json() for intent in found]
    return json_response({"object": "list", "data": data, "has_more": False})


@router.get("/v1/payment_intents/{intent_id}")
async def read_intent(intent_id: str, request: Request) -> Response:
    """Read one intent."""
    settling: Settling = request.app.state.settling
    return json_response(settling.find(intent_id).as_json())


@router.post("/v1/payment_intents/{intent_id}/capture")
async def capture_intent(
    intent_id: str, request: Request, key: Key, wanted: MaybeCapture
) -> Response:
    """Take the held money, all of it or `amount_to_capture`."""
    settling: Settling = request.app.state.settling
    return (await settling.capture(intent_id, wanted, key)).as_response()


@router.post("/v1/payment_intents/{intent_id}/cancel")
async def cancel_intent(
    intent_id: str, request: Request, key: Key, wanted: MaybeCancel
) -> Response:
    """Release the held money."""
    settling: Settling = request.app.state.settling
    return (await settling.cancel(intent_id, wanted, key)).as_response()


@router.post("/v1/refunds")
async def create_refund(wanted: NewRefund, request: Request, key: Key) -> Response:
    """Give captured money back, all that is left of it or `amount`."""
    settling: Settling = request.app.state.settling
    return (await settling.refund(wanted, key)).as_response()


@router.get("/v1/tokens", tags=["operating"])
async def list_tokens() -> Response:
    """List the payment tokens and what each one leads to."""
    return json_response({"object": "list", "data": tokens.table(), "has_more": False})


@router.get("/books", tags=["operating"])
async def read_books(request: Request) -> Response:
    """List every intent, oldest first, as one streamed JSON list."""
    return listed(request.app.state.ledger.pages(), ledger.entry)


@router.get("/books/summary", tags=["operating"])
async def read_summary(request: Request) -> Response:
    """Give the totals of the books."""
    return json_response(request.app.state.ledger.summary())
