"""How many units of a product can be had: asked of inventory over gRPC, whatever the client speaks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import grpc
import structlog
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from rpc.context import call_metadata
from rpc.inventory.v1.availability_pb2 import GetRequest
from rpc.inventory.v1.availability_pb2_grpc import AvailabilityStub

from gateway.problems.problem import FieldError, ProblemError
from gateway.upstreams.rpc_channel import RpcChannel

CHECK_S = 1.0
GET = "/orderstream.inventory.v1.Availability/Get"


@dataclass(frozen=True, slots=True)
class Availability:
    """The units of a product that an order could have had at a moment."""

    sku: str
    available: int
    as_of: datetime


class AvailabilityClient:
    """Client of inventory."""

    def __init__(self, channel: RpcChannel) -> None:
        self._channel = channel

    async def of(self, sku: str, timeout_s: float, request_id: str) -> Availability:
        """Return what inventory has of a product; retries are within the time as well.

        Raises:
            ProblemError: there is no such product, or inventory cannot say.
        """
        channel = self._channel.current()
        if channel is None:
            raise unavailable()
        try:
            with call_metadata(GET, request_id) as metadata:
                answer = await AvailabilityStub(channel).Get(
                    GetRequest(sku=sku), timeout=timeout_s, metadata=metadata
                )
        except grpc.aio.AioRpcError as error:
            raise problem_of(error) from None
        return Availability(answer.sku, answer.available, answer.as_of.ToDatetime(UTC))

    async def check(self) -> str | None:
        """Return what is wrong with inventory, for readiness."""
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


log = structlog.get_logger(__name__)

UNAVAILABLE = "inventory_service_unavailable"
FAILED = "upstream_invalid"
"""The problem of every status that is not listed: the client can do nothing about it."""
PROBLEMS: Mapping[grpc.StatusCode, str] = {
    grpc.StatusCode.NOT_FOUND: "product_not_found",
    grpc.StatusCode.INVALID_ARGUMENT: "invalid_query",
    grpc.StatusCode.DEADLINE_EXCEEDED: "upstream_timeout",
    grpc.StatusCode.UNAVAILABLE: UNAVAILABLE,
    grpc.StatusCode.CANCELLED: UNAVAILABLE,
    grpc.StatusCode.RESOURCE_EXHAUSTED: UNAVAILABLE,
}
DETAILS: Mapping[str, str] = {
    "product_not_found": "There is no such product.",
    "invalid_query": "Some parameters are wrong.",
    "upstream_timeout": "inventory took too long.",
    UNAVAILABLE: "No instance of inventory can answer just now.",
    FAILED: "The answer of inventory makes no sense.",
}
ABOUT_THE_REQUEST = ("product_not_found", "invalid_query")


def problem_of(error: grpc.aio.AioRpcError) -> ProblemError:
    """Return the client's problem for a failed call; inventory's own words stay in the log."""
    code = PROBLEMS.get(error.code(), FAILED)
    if code not in ABOUT_THE_REQUEST:
        log.warning("rpc_call_failed", status=error.code().name, details=error.details())
    faults = [FieldError("/sku", "That cannot be a SKU.")] if code == "invalid_query" else []
    return ProblemError(code, DETAILS[code], errors=faults)


def unavailable() -> ProblemError:
    """Return the problem while there is no instance to call."""
    return ProblemError(UNAVAILABLE, DETAILS[UNAVAILABLE])
