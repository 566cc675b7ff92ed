"""What the shop sells, over HTTP; for everybody. The answers are the inventory service's own."""

import re
import time
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from events import Money, Sku
from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from gateway.api.authorization import limit_address
from gateway.http.request_context import request_id_of
from gateway.openapi.operation import Answer, operation
from gateway.openapi.parameters import DIGITS, SkuInPath
from gateway.problems.problem import ProblemError
from gateway.problems.validation_errors import LIKE_A_SKU
from gateway.reads.representations import Document, json_response
from gateway.routes import BRIEFLY
from gateway.state.gateway import gateway_of
from gateway.upstreams import availability as inventory
from gateway.upstreams.forwarded_headers import note_wait, timeout_ms
from gateway.upstreams.forwarding import ask, give
from gateway.upstreams.upstream import Fields, document_of


class ProductLinks(BaseModel):
    """Where the product is found."""

    self: str


class Product(BaseModel):
    """A product as it is sold."""

    sku: Sku
    name: str
    unit_price: Money
    links: ProductLinks


class ProductPage(BaseModel):
    """Products in the order of their SKUs; `next_cursor` is the `starting_after` of the next page."""

    data: list[Product]
    has_more: bool
    next_cursor: Sku | None


CACHED = ("ETag", "Cache-Status", "Age")
UNCHANGED = Answer(status=304, says="As the client has it.", headers=CACHED)

LIST_PRODUCTS = operation(
    Answer(
        status=200,
        says="A page of products.",
        model=ProductPage,
        example="products",
        headers=("Link", *CACHED),
    ),
    UNCHANGED,
    takes=("If-None-Match",),
)
READ_PRODUCT = operation(
    Answer(status=200, says="The product.", model=Product, example="product", headers=CACHED),
    UNCHANGED,
    takes=("If-None-Match",),
    refuses=("product_not_found",),
)


class AvailabilityLinks(BaseModel):
    """Where this is found, and the product that it is about."""

    self: str
    product: str


class Availability(BaseModel):
    """The units of a product that an order could have had at a moment."""

    sku: Sku
    available: int = Field(ge=0)
    as_of: datetime
    links: AvailabilityLinks


READ_AVAILABILITY = operation(
    Answer(status=200, says="The units.", model=Availability, example="availability"),
    refuses=("invalid_query", "product_not_found"),
)

router = APIRouter(prefix="/v1/products", tags=["products"], dependencies=[Depends(limit_address)])
NOT_FOUND = 404
SKU = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,39}")


@router.get("", **LIST_PRODUCTS)
async def list_products(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=1000), DIGITS] = 100,
    starting_after: Annotated[str, Query(pattern=LIKE_A_SKU)] = "",
) -> Response:
    """Products in the order of their SKUs; `next_cursor` is the `starting_after` of the next page."""
    inventory = gateway_of(request).products
    page: Fields = {"limit": limit, "starting_after": starting_after}
    answer = await ask(request, inventory, "/v1/products", page)
    document_of(inventory.name, answer)
    return give(request, answer)


@router.get("/{sku}", **READ_PRODUCT)
async def read_product(request: Request, sku: SkuInPath) -> Response:
    """One product. Its ETag changes with it, so that `If-None-Match` saves the body."""
    inventory = gateway_of(request).products
    if not SKU.fullmatch(sku):  # before it becomes part of an address
        raise _not_found()
    answer = await ask(request, inventory, f"/v1/products/{quote(sku, safe='')}", {})
    if answer.status_code == NOT_FOUND:
        raise _not_found()
    document_of(inventory.name, answer)
    return give(request, answer)


def _not_found() -> ProblemError:
    return ProblemError("product_not_found", "There is no such product.")


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


def availability_document(found: inventory.Availability) -> Document:
    """Return the response for a shop front."""
    product = f"/v1/products/{quote(found.sku)}"
    return {
        "sku": found.sku,
        "available": found.available,
        "as_of": found.as_of.isoformat().replace("+00:00", "Z"),
        "links": {"self": f"{product}/availability", "product": product},
    }
