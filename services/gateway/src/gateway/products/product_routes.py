"""What the shop sells, over HTTP; for everybody. The answers are the inventory service's own."""

import re
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from gateway.contract.parameters import SkuInPath
from gateway.contract.products import LIST_PRODUCTS, READ_PRODUCT
from gateway.gateway import gateway_of
from gateway.limiting.clients import limit_address
from gateway.problems.problem import ProblemError
from gateway.upstreams.forwarding import ask, give
from gateway.upstreams.upstream import Fields, document_of

router = APIRouter(prefix="/v1/products", tags=["products"], dependencies=[Depends(limit_address)])
NOT_FOUND = 404
SKU = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,39}")
LIKE_A_SKU = r"^[A-Za-z0-9 _.-]{0,40}$"


@router.get("", **LIST_PRODUCTS)
async def list_products(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    starting_after: Annotated[str, Query(pattern=LIKE_A_SKU)] = "",
) -> Response:
    """Products in the order of their SKUs; `next_cursor` is the `starting_after` of the next page."""
    inventory = gateway_of(request).inventory_api
    page: Fields = {"limit": limit, "starting_after": starting_after}
    answer = await ask(request, inventory, "/v1/products", page)
    document_of(inventory.name, answer)
    return give(request, answer)


@router.get("/{sku}", **READ_PRODUCT)
async def read_product(request: Request, sku: SkuInPath) -> Response:
    """One product. Its ETag changes with it, so that `If-None-Match` saves the body."""
    inventory = gateway_of(request).inventory_api
    if not SKU.fullmatch(sku):  # before it becomes part of an address
        raise _not_found()
    answer = await ask(request, inventory, f"/v1/products/{quote(sku, safe='')}", {})
    if answer.status_code == NOT_FOUND:
        raise _not_found()
    document_of(inventory.name, answer)
    return give(request, answer)


def _not_found() -> ProblemError:
    return ProblemError("product_not_found", "There is no such product.")
