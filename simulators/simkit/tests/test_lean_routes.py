"""A plain request goes past FastAPI and gets the same answer; any other is FastAPI's."""

from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Body, Depends, FastAPI, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from simkit import idempotency_key, json_response
from simkit.lean_routes import lean_routes
from starlette.responses import Response

PLAIN = {"content-type": "application/json", "idempotency-key": "k"}


class Wish(BaseModel):
    model_config = ConfigDict(extra="forbid")

    amount: int = Field(1, strict=True, gt=0)


router = APIRouter()
Key = Annotated[str | None, Depends(idempotency_key)]


@router.post("/shops/{shop}/wishes")
async def wish(
    shop: str, request: Request, key: Key, wanted: Annotated[Wish, Body(default_factory=Wish)]
) -> Response:
    return json_response([shop, request.method, key, wanted.amount])


def served(*, lean: bool) -> FastAPI:
    app = FastAPI()
    app.router.routes.extend(lean_routes(router) if lean else ())
    app.include_router(router)
    return app


async def answer(app: FastAPI, content: bytes, headers: dict[str, str]) -> tuple[int, Any]:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://shop"
    ) as http:
        found = await http.post("/shops/corner/wishes", content=content, headers=headers)
    return found.status_code, found.text


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b'{"amount": 3}', PLAIN, 200),
        (b"{}", {"content-type": "application/json; charset=utf-8"}, 200),
        (b"", PLAIN, 200),
        (b'{"amount": 0}', PLAIN, 422),
        (b'{"amount": "3"}', PLAIN, 422),
        (b'{"amounts": 3}', PLAIN, 422),
        (b"{", PLAIN, 422),
        (b"{}", {"content-type": "text/plain"}, 422),
    ],
)
async def test_every_request_gets_the_documented_answer(
    content: bytes, headers: dict[str, str], status: int
) -> None:
    found = await answer(served(lean=True), content, headers)
    assert found == await answer(served(lean=False), content, headers)
    assert found[0] == status


async def test_a_plain_request_goes_past_fastapi(monkeypatch: pytest.MonkeyPatch) -> None:
    (documented,) = router.routes
    assert isinstance(documented, APIRoute)
    monkeypatch.setattr(documented, "app", None)
    assert await answer(served(lean=True), b'{"amount": 3}', PLAIN) == (
        200,
        '["corner","POST","k",3]',
    )
