"""What customers see of the products, by way of the gateway: the same for everybody, and cacheable.

Sources: RFC 9111 (HTTP caching), RFC 9110, 8.8.3 (ETag), RFC 8288 (Link).
"""

import hashlib
import json
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request
from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.responses import Response

from inventory.models import products

FRESH_S = 10
"""For so long a price may be shown after it has changed; an order is priced by the newest."""
SHOWN = select(
    products.c.sku, products.c.name, products.c.unit_price, products.c.currency
).order_by(products.c.sku)


def product_routes(engine: AsyncEngine) -> APIRouter:
    """Return the routes under `/v1/products`; the number of units is not shown there."""
    router = APIRouter(prefix="/v1/products")

    @router.get("")
    async def list_products(
        request: Request,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        starting_after: str = "",
    ) -> Response:
        """Products in the order of their SKUs."""
        query = SHOWN.where(products.c.sku > starting_after).limit(limit + 1)
        async with engine.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
        data, more = [_document(row) for row in rows[:limit]], len(rows) > limit
        cursor = data[-1]["sku"] if more else None
        link = _next(limit, cursor) if cursor else {}
        page = {"data": data, "has_more": more, "next_cursor": cursor}
        return _cacheable(request, page, link)

    @router.get("/{sku}")
    async def get_product(request: Request, sku: str) -> Response:
        """One product."""
        async with engine.connect() as connection:
            result = await connection.execute(SHOWN.where(products.c.sku == sku))
            row = result.mappings().one_or_none()
        if row is None:
            raise HTTPException(
                404, f"there is no product {sku}", headers={"Cache-Control": "no-store"}
            )
        return _cacheable(request, _document(row))

    return router


def _cacheable(
    request: Request, document: dict[str, Any], headers: dict[str, str] | None = None
) -> Response:
    """Return the document, which caches may keep for a while; 304 if who asks has it already."""
    body = json.dumps(document).encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    told = {"ETag": tag, "Cache-Control": f"public, max-age={FRESH_S}", **(headers or {})}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=told)
    return Response(body, headers=told, media_type="application/json")


def _next(limit: int, cursor: str) -> dict[str, str]:
    query = urlencode({"limit": limit, "starting_after": cursor})
    return {"Link": f'</v1/products?{query}>; rel="next"'}


def _document(row: RowMapping) -> dict[str, Any]:
    return {
        "sku": row["sku"],
        "name": row["name"],
        "unit_price": {"amount": row["unit_price"], "currency": row["currency"]},
        "links": {"self": f"/v1/products/{row['sku']}"},
    }
