"""The inventory service's read side as the gateway sees it."""

from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from gateway_stage.ordering import MUG, PEN


@dataclass
class InventoryService:
    """An application of what inventory answers; `products` are all that it knows."""

    products: dict[str, int] = field(default_factory=lambda: {MUG: 450, PEN: 99})
    asked: list[Request] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    nonsense: bool = False

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/readyz")
        async def readyz() -> dict[str, bool]:
            return {"ready": True}

        @app.get("/v1/products")
        async def listed(request: Request, limit: int, starting_after: str) -> Response:
            skus = sorted(sku for sku in self.products if sku > starting_after)
            page = {
                "data": [self._shown(sku) for sku in skus[:limit]],
                "has_more": len(skus) > limit,
            }
            page["next_cursor"] = skus[limit - 1] if len(skus) > limit else None
            return self._answer(request, page)

        @app.get("/v1/products/{sku}")
        async def one(request: Request, sku: str) -> Response:
            if sku not in self.products:
                raise HTTPException(404)
            return self._answer(request, self._shown(sku))

        return app

    def _shown(self, sku: str) -> dict[str, Any]:
        price = {"amount": self.products[sku], "currency": "GBP"}
        links = {"self": f"/v1/products/{sku}"}
        return {"sku": sku, "name": f"A {sku}", "unit_price": price, "links": links}

    def _answer(self, request: Request, document: dict[str, Any]) -> Response:
        self.asked.append(request)
        if "Vary" in self.fields:
            document["language"] = request.headers.get("accept-language")
        if self.nonsense:
            return Response("<html>Welcome!</html>", headers={"Cache-Control": "no-store"})
        tag = f'"{hash(str(document))}"'
        fields = {"ETag": tag, "Cache-Control": "public, max-age=10", **self.fields}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=fields)
        return JSONResponse(document, headers=fields)
