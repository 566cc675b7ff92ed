"""Opening a client for a gateway."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from orderstream.client.gateway import PATIENCE_S, GatewayClient
from orderstream.client.tokens import Tokens

TRY_S = 10.0


@asynccontextmanager
async def open_gateway(
    gateway: str, issuer: str, patience_s: float = PATIENCE_S
) -> AsyncIterator[GatewayClient]:
    """A client for the gateway at this address, with tokens from the issuer at that one."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=200)
    async with httpx.AsyncClient(
        base_url=gateway, timeout=TRY_S, limits=limits, trust_env=False
    ) as http:
        yield GatewayClient(http, Tokens(http, issuer), patience_s)
