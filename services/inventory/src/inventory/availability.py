"""Inventory over gRPC: how many units of a product can be had. The contract is in `rpc.inventory`."""

import asyncio
from contextlib import AbstractAsyncContextManager

import grpc
from events import Sku
from pydantic import TypeAdapter, ValidationError
from rpc.inventory.v1.availability_pb2 import GetRequest, GetResponse
from rpc.inventory.v1.availability_pb2_grpc import (
    AvailabilityServicer,
    add_AvailabilityServicer_to_server,
)
from rpc.serving import serving
from servicekit import Health, is_connection_error
from servicekit.database_api import Beside
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from inventory.models import products
from inventory.settings import InventoryApiSettings

SKU = TypeAdapter[str](Sku)
TIMEOUT_S = 5.0
"""For who names no deadline; a caller that has given up is not worked for."""
Context = grpc.aio.ServicerContext[GetRequest, GetResponse]


class Availability(AvailabilityServicer):
    """Answers from inventory's own database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def Get(self, request: GetRequest, context: Context) -> GetResponse:  # noqa: N802  # named by the contract
        """Return one product as it stands now; refuses with the status codes of the contract."""
        try:
            SKU.validate_python(request.sku)
        except ValidationError:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "that cannot be a SKU")
        answer = await self._read(request.sku, context)
        if answer is None:
            await context.abort(grpc.StatusCode.NOT_FOUND, "there is no such product")
        return answer

    async def _read(self, sku: str, context: Context) -> GetResponse | None:
        try:
            # A caller's own deadline needs no watching: gRPC cancels the call when it has passed.
            timeout_s = None if context.time_remaining() else TIMEOUT_S
            async with asyncio.timeout(timeout_s) as deadline:
                return await self._find(sku)
        except Exception as error:
            if deadline.expired():
                await context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "that took too long")
            if is_connection_error(error):
                await context.abort(grpc.StatusCode.UNAVAILABLE, "the database is unavailable")
            raise

    async def _find(self, sku: str) -> GetResponse | None:
        query = select(products.c.on_hand, func.now()).where(products.c.sku == sku)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        # What is set aside has left `on_hand`, so that all of it can still be had.
        on_hand, as_of = row
        return GetResponse(sku=sku, available=on_hand, as_of=as_of)


def serve_availability(settings: InventoryApiSettings) -> Beside:
    """Return what serves gRPC beside the read API, on a port of its own."""

    def serve(engine: AsyncEngine, health: Health) -> AbstractAsyncContextManager[None]:
        def register(server: grpc.aio.Server) -> None:
            add_AvailabilityServicer_to_server(Availability(engine), server)

        return serving(register, health, settings.http_host, settings.grpc_port)

    return serve
