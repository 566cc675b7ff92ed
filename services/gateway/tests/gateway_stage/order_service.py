"""The order service's read side as the gateway sees it."""

from dataclasses import dataclass, field
from typing import Any

from events import OrderStatusChanged
from fastapi import FastAPI, HTTPException, Request
from gateway_stage.ordering import MUG


@dataclass
class OrderService:
    """An application of what the order service answers; `documents` is all that it knows."""

    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    failing: bool = False

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/readyz")
        async def readyz() -> dict[str, bool]:
            return {"ready": True}

        @app.get("/orders")
        async def orders(request: Request) -> dict[str, Any]:
            self.asked.append(dict(request.query_params))
            return {"data": list(self.documents.values())[:1], "has_more": True, "next_cursor": "x"}

        @app.get("/orders/{order_id}")
        async def order(order_id: str) -> dict[str, Any]:
            if self.failing:
                raise HTTPException(500)
            if order_id not in self.documents:
                raise HTTPException(404)
            return self.documents[order_id]

        return app

    def knows(self, order_id: str, customer_id: str, status: str, version: int = 3) -> None:
        self.documents[order_id] = {
            "id": order_id,
            "customer_id": customer_id,
            "status": status,
            "reason": None,
            "total": {"amount": 450, "currency": "GBP"},
            "lines": [{"sku": MUG, "name": "A mug", "quantity": 1, "unit_price": 450}],
            "tracking_code": None,
            "cancellation_refused": False,
            "placed_at": "2026-11-25T12:00:00Z",
            "final_at": None,
            "version": version,
            "held": [],
            "history": [],
        }

    def noted(self, event: OrderStatusChanged, sequence: int) -> None:
        """Write a change into an order's history, as the order service does before it says it."""
        if event.order_id not in self.documents:
            self.knows(event.order_id, event.customer_id, event.status)
        document = self.documents[event.order_id]
        body = event.model_dump(mode="json", include={"status", "reason", "changed_at"})
        document["history"].append({"sequence": sequence, **body})
        code = event.tracking_code
        document |= {"status": event.status, "version": sequence, "tracking_code": code}
