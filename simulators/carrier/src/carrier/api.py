"""The carrier's interface: EasyPost's paths and words."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from simkit import fault_plan, idempotency_key, json_response, listed
from starlette.responses import Response

from carrier import ledger, recipients
from carrier.labels import Labels
from carrier.requests import CancelByReference, NewShipment

router = APIRouter()
Key = Annotated[str | None, Depends(idempotency_key)]
FaultPlan = Annotated[str | None, Depends(fault_plan)]


@router.post("/v2/shipments", status_code=201)
async def buy_shipment(
    wanted: NewShipment, request: Request, key: Key, plan: FaultPlan
) -> Response:
    """Buy a label at once: 201 `pre_transit`, or 422 for an address that cannot be reached."""
    labels: Labels = request.app.state.labels
    return (await labels.buy(wanted, key, plan)).as_response()


@router.get("/v2/shipments")
async def list_shipments(
    request: Request, reference: Annotated[str, Query(min_length=1)]
) -> Response:
    """List the shipments of one order, oldest first; all of them are in `/books`."""
    found = [ledger.as_json(row) for row in request.app.state.ledger.of_order(reference)]
    return json_response({"shipments": found, "has_more": False})


@router.post("/v2/shipments/cancel")
async def cancel_order(wanted: CancelByReference, request: Request, key: Key) -> Response:
    """Cancel every shipment of one order."""
    labels: Labels = request.app.state.labels
    return (await labels.cancel_order(wanted, key)).as_response()


@router.get("/v2/shipments/{shipment_id}")
async def read_shipment(shipment_id: str, request: Request) -> Response:
    """Read one shipment."""
    labels: Labels = request.app.state.labels
    return json_response(ledger.as_json(labels.find(shipment_id)))


@router.post("/v2/shipments/{shipment_id}/cancel")
async def cancel_shipment(shipment_id: str, request: Request, key: Key) -> Response:
    """Cancel one shipment."""
    labels: Labels = request.app.state.labels
    return (await labels.cancel(shipment_id, key)).as_response()


@router.get("/v2/addressees", tags=["operating"])
async def list_addressees() -> Response:
    """List the names that the carrier treats specially, and how."""
    return json_response({"addressees": recipients.table()})


@router.get("/books", tags=["operating"])
async def read_books(request: Request) -> Response:
    """List every shipment, oldest first, as one streamed JSON list."""
    return listed(request.app.state.ledger.pages(), ledger.entry)


@router.get("/books/summary", tags=["operating"])
async def read_summary(request: Request) -> Response:
    """Give the totals of the books."""
    return json_response(request.app.state.ledger.summary())
