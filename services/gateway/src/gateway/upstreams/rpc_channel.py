"""A gRPC channel to all instances of a service; a new one when their addresses change.

Balancing, health, retries and their budget are gRPC's own, set in its service config. Sources:
https://github.com/grpc/grpc/blob/master/doc/service_config.md, gRFC A6 (retries), A17 (health).
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from ipaddress import ip_address

import grpc
import structlog

log = structlog.get_logger(__name__)

SERVICE_CONFIG = {
    "loadBalancingConfig": [{"round_robin": {}}],
    # Instances that say they cannot work are left out, as are those that do not answer.
    "healthCheckConfig": {"serviceName": ""},
    "methodConfig": [
        {
            "name": [{}],  # every call here is a read, so every one may be repeated
            "retryPolicy": {
                "maxAttempts": 3,
                "initialBackoff": "0.02s",
                "maxBackoff": "0.2s",
                "backoffMultiplier": 2,
                # An instance that stops cancels what it has begun.
                "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"],
            },
        }
    ],
    # A failure costs one token, a success earns a tenth; below half of them nothing is retried. So
    # there is one retry for each call that an instance can have open (`rpc.serving`) when it dies.
    "retryThrottling": {"maxTokens": 400, "tokenRatio": 0.1},
}
OPTIONS = (
    ("grpc.service_config", json.dumps(SERVICE_CONFIG)),
    ("grpc.enable_http_proxy", 0),
    # By default an instance that was unavailable is left alone for up to two minutes.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    ("grpc.min_reconnect_backoff_ms", 1_000),
    # A host that hangs keeps its connection open and is only found out by pings, and by default
    # these may take a minute and are no longer sent when nothing else is.
    ("grpc.keepalive_time_ms", 3_000),
    ("grpc.keepalive_timeout_ms", 2_000),
    ("grpc.http2.ping_timeout_ms", 2_000),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.max_receive_message_length", 64 * 1024),
)
CLOSE_GRACE_S = 5.0
"""Grace period for calls on a replaced channel."""


def target_of(addresses: Sequence[str]) -> str:
    """Return gRPC's target for these `host:port`: the host of a lone one may be a name of many instances.

    Raises:
        ValueError: there are several, and not all are IP addresses of one kind.
    """
    if len(addresses) == 1:
        return f"dns:///{addresses[0]}"
    try:
        hosts = [address.rpartition(":")[0].strip("[]") for address in addresses]
        (version,) = {ip_address(host).version for host in hosts}
    except ValueError:
        raise ValueError(
            "several addresses for gRPC have to be IP addresses, all of version 4 or all of version 6"
        ) from None
    return f"ipv{version}:{','.join(addresses)}"


class RpcChannel:
    """Channel to `addresses`, which gives those that are valid just now."""

    def __init__(self, addresses: Callable[[], Sequence[str]]) -> None:
        self._addresses = addresses
        self._known: tuple[str, ...] = ()
        self._channel: grpc.aio.Channel | None = None
        self._closing: set[asyncio.Task[None]] = set()

    def current(self) -> grpc.aio.Channel | None:
        """Return the channel to use for the next call; None while no instance is known.

        A list that cannot be used is logged, and the one before stays in use.
        """
        addresses = tuple(self._addresses())
        if addresses != self._known:
            self._known = addresses
            try:
                channel = self._open(addresses)
            except ValueError as error:
                log.error("rpc_addresses_invalid", addresses=addresses, error=str(error))
            else:
                self._retire()
                self._channel = channel
        return self._channel

    async def close(self) -> None:
        """End what is under way."""
        self._retire()
        await asyncio.gather(*self._closing)

    def _open(self, addresses: Sequence[str]) -> grpc.aio.Channel | None:
        return grpc.aio.insecure_channel(target_of(addresses), OPTIONS) if addresses else None

    def _retire(self) -> None:
        if self._channel is not None:
            closing = asyncio.create_task(self._channel.close(CLOSE_GRACE_S))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
        self._channel = None
