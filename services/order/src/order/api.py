"""Orders over HTTP: where each stands and how it came there. Read only."""

from typing import Annotated

from events import OrderStatus
from fastapi import FastAPI, HTTPException, Query
from servicekit.database_api import create_database_api
from sqlalchemy import select

from order.documents import OrderDocument, OrderPage, StatusChange, to_document
from order.models import order_history, orders
from order.settings import OrderSettings


def create_api(settings: OrderSettings) -> FastAPI:
    """Return the read API over the service's own database."""
    app, engine = create_database_api("order", settings)

    @app.get("/orders")
    async def list_orders(
        customer_id: str | None = None,
        status: OrderStatus | None = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 50,
        starting_after: str | None = None,
    ) -> OrderPage:
        """Orders, newest first, without their history."""
        query = select(orders).where(orders.c.status.is_not(None))
        if customer_id is not None:
            query = query.where(orders.c.customer_id == customer_id)
        if status is not None:
            query = query.where(orders.c.status == status)
        if starting_after is not None:
            query = query.where(orders.c.order_id < starting_after)
        async with engine.connect() as connection:
            result = await connection.execute(
                query.order_by(orders.c.order_id.desc()).limit(limit + 1)
            )
            found = [to_document(row) for row in result.mappings()]
        page, more = found[:limit], len(found) > limit
        return OrderPage(data=page, has_more=more, next_cursor=page[-1].id if more else None)

    @app.get("/orders/{order_id}")
    async def get_order(order_id: str) -> OrderDocument:
        """One order with the history of its status."""
        history = select(order_history).where(order_history.c.order_id == order_id)
        async with engine.connect() as connection:
            result = await connection.execute(
                select(orders).where(orders.c.order_id == order_id, orders.c.status.is_not(None))
            )
            row = result.mappings().one_or_none()
            if row is None:
                raise HTTPException(404, f"nothing is known of an order {order_id}")
            changes = await connection.execute(history.order_by(order_history.c.sequence))
            return to_document(
                row, [StatusChange.model_validate(dict(c)) for c in changes.mappings()]
            )

    return app
