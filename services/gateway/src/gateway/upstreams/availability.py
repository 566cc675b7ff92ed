"""How many units of a product can be had: asked of inventory over gRPC, whatever the client speaks."""

from dataclasses import dataclass
from datetime import UTC, datetime

import grpc
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from rpc.context import call_metadata
from rpc.inventory.v1.availability_pb2 import GetRequest
from rpc.inventory.v1.availability_pb2_grpc import AvailabilityStub

from gateway.upstreams.rpc_channel import RpcChannel
from gateway.upstreams.rpc_failures import away, problem_of

CHECK_S = 1.0


@dataclass(frozen=True, slots=True)
class Availability:
    """The units of a product that an order could have had at a moment."""

    sku: str
    available: int
    as_of: datetime


class AvailabilityClient:
    """Asks inventory."""

    def __init__(self, channel: RpcChannel) -> None:
        self._channel = channel

    async def of(self, sku: str, timeout_s: float, request_id: str) -> Availability:
        """What inventory has of a product; retries are within the time as well.

        Raises:
            ProblemError: there is no such product, or inventory cannot say.
        """
        channel = self._channel.current()
        if channel is None:
            raise away()
        try:
            answer = await AvailabilityStub(channel).Get(
                GetRequest(sku=sku), timeout=timeout_s, metadata=call_metadata(request_id)
            )
        except grpc.aio.AioRpcError as error:
            raise problem_of(error) from None
        return Availability(answer.sku, answer.available, answer.as_of.ToDatetime(UTC))

    async def check(self) -> str | None:
        """What is wrong with inventory, for readiness."""
        channel = self._channel.current()
        if channel is None:
            return "no instance is listed"
        try:
            # The published types of the stub lack its methods.
            answer = await HealthStub(channel).Check(  # type: ignore[attr-defined]
                HealthCheckRequest(), timeout=CHECK_S
            )
        except grpc.aio.AioRpcError as error:
            return f"{error.code().name}: {error.details()}"
        status = HealthCheckResponse.ServingStatus.Name(answer.status)
        return None if answer.status == HealthCheckResponse.SERVING else status
