"""The running shop, for commands that speak with its gateway."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from orderstream.client import (
    FaultPlansOffError,
    GatewayClient,
    NoAnswerError,
    RefusedError,
    open_gateway,
)
from orderstream.failing import CommandError
from orderstream.platform import System, load, reach

T = TypeVar("T")
PATIENCE_S = 15.0
NO_FAULT_PLANS = (
    "Fault plans are off here. Start the system with ORDERSTREAM_FAULT_PLANS=true to have them."
)


@asynccontextmanager
async def open_shop() -> AsyncIterator[tuple[System, GatewayClient]]:
    """The running system with a client for its gateway.

    Raises:
        NotUpError: nothing runs.
        CommandError: the gateway refused something, or does not answer; with what to do.
    """
    system = reach(load())
    try:
        address = system.url("gateway")
        async with open_gateway(address, system.url("issuer"), PATIENCE_S) as gateway:
            yield system, gateway
    except RefusedError as error:
        raise CommandError(str(error)) from None
    except FaultPlansOffError:
        raise CommandError(NO_FAULT_PLANS) from None
    except NoAnswerError as error:
        raise CommandError(f"The gateway gave {error}. Look at: orderstream status") from None


def in_shop(work: Callable[[System, GatewayClient], Awaitable[T]]) -> T:
    """Run something with the running system and its gateway."""

    async def run() -> T:
        async with open_shop() as (system, gateway):
            return await work(system, gateway)

    return asyncio.run(run())
