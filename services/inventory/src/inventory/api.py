"""Inventory over HTTP: what is there of each product. Read only."""

from typing import Annotated

from events import Money
from fastapi import FastAPI, HTTPException, Query
from pydantic import BaseModel
from servicekit.database_api import create_database_api
from sqlalchemy import RowMapping, select

from inventory.availability import serve_availability
from inventory.models import products
from inventory.product_api import product_routes
from inventory.settings import InventoryApiSettings


class Product(BaseModel):
    """A product with its price and its units."""

    sku: str
    name: str
    unit_price: Money
    on_hand: int
    reserved: int
    shipped: int


class Page(BaseModel):
    """Some products; `next_cursor` goes into `starting_after` for those that follow."""

    data: list[Product]
    has_more: bool
    next_cursor: str | None


def create_api(settings: InventoryApiSettings) -> FastAPI:
    """Return the read API over the service's own database, and what is answered over gRPC beside it."""
    app, engine = create_database_api("inventory", settings, serve_availability(settings))

    @app.get("/products")
    async def list_products(
        limit: Annotated[int, Query(ge=1, le=1000)] = 100, starting_after: str = ""
    ) -> Page:
        """Products in the order of their SKUs."""
        query = select(products).where(products.c.sku > starting_after)
        async with engine.connect() as connection:
            result = await connection.execute(query.order_by(products.c.sku).limit(limit + 1))
            rows = result.mappings().all()
        found = [_product(row) for row in rows[:limit]]
        more = len(rows) > limit
        return Page(data=found, has_more=more, next_cursor=found[-1].sku if more else None)

    @app.get("/products/{sku}")
    async def get_product(sku: str) -> Product:
        """One product."""
        async with engine.connect() as connection:
            result = await connection.execute(select(products).where(products.c.sku == sku))
            row = result.mappings().one_or_none()
        if row is None:
            raise HTTPException(404, f"there is no product {sku}")
        return _product(row)

    app.include_router(product_routes(engine))
    return app


def _product(row: RowMapping) -> Product:
    return Product(
        sku=row["sku"],
        name=row["name"],
        unit_price=Money(amount=row["unit_price"], currency=row["currency"]),
        on_hand=row["on_hand"],
        reserved=row["reserved"],
        shipped=row["shipped"],
    )
