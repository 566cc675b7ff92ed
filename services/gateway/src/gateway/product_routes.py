"""What the shop sells, over HTTP; for everybody."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from gateway.contract.parameters import SkuInPath
from gateway.contract.products import LIST_PRODUCTS, READ_PRODUCT
from gateway.documents import PUBLIC, json_response, product_document
from gateway.gateway import gateway_of
from gateway.problems import ProblemError

router = APIRouter(prefix="/v1/products", tags=["products"])


@router.get("", **LIST_PRODUCTS)
async def list_products(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    starting_after: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Products in the order of their SKUs; `next_cursor` is the `starting_after` of the next page."""
    catalogue = gateway_of(request).catalogue
    catalogue.require_ready()
    page = catalogue.page(limit, starting_after)
    cursor = page.products[-1].sku if page.has_more else None
    headers = dict(PUBLIC)
    if cursor is not None:
        query = urlencode({"limit": limit, "starting_after": cursor})
        headers["Link"] = f'</v1/products?{query}>; rel="next"'
    data = [product_document(product) for product in page.products]
    document = {"data": data, "has_more": page.has_more, "next_cursor": cursor}
    return json_response(document, 200, headers)


@router.get("/{sku}", **READ_PRODUCT)
async def read_product(request: Request, sku: SkuInPath) -> Response:
    """One product."""
    catalogue = gateway_of(request).catalogue
    catalogue.require_ready()
    product = catalogue.find(sku)
    if product is None:
        raise ProblemError("product_not_found", "There is no such product.")
    return json_response(product_document(product), 200, dict(PUBLIC))
