"""How much of a product is there, over HTTP; inventory is asked over gRPC."""

import time
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from gateway.contract.availability import READ_AVAILABILITY
from gateway.contract.parameters import SkuInPath
from gateway.gateway import gateway_of
from gateway.limiting.clients import limit_address
from gateway.observing.notes import request_id_of
from gateway.orders.documents import json_response
from gateway.orders.waiting import Document
from gateway.route_table import BRIEFLY
from gateway.upstreams.availability import Availability
from gateway.upstreams.hop import note_wait, timeout_ms

router = APIRouter(prefix="/v1/products", tags=["products"], dependencies=[Depends(limit_address)])


@router.get("/{sku}/availability", **READ_AVAILABILITY)
async def read_availability(request: Request, sku: SkuInPath) -> Response:
    """How many units of a product an order could have had at the moment named."""
    client, request_id = gateway_of(request).availability, request_id_of(request.scope)
    started = time.perf_counter()
    try:
        found = await client.of(sku, timeout_ms() / 1000, request_id)
    finally:
        note_wait((time.perf_counter() - started) * 1000)
    return json_response(availability_document(found), 200, {"Cache-Control": BRIEFLY})


def availability_document(found: Availability) -> Document:
    """The answer for a shop front."""
    product = f"/v1/products/{quote(found.sku)}"
    return {
        "sku": found.sku,
        "available": found.available,
        "as_of": found.as_of.isoformat().replace("+00:00", "Z"),
        "links": {"self": f"{product}/availability", "product": product},
    }
