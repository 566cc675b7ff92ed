"""Asks every instance of an upstream now and then whether it can do its work."""

import asyncio

import httpx
import structlog

from gateway.upstreams.pool import Instance, Pool

log = structlog.get_logger(__name__)
EVERY_S = 1.0
TIMEOUT_S = 2.0
PATH = "/readyz"


class Prober:
    """Probe of the instances of one pool, over connections of its own."""

    def __init__(self, name: str, pool: Pool, transport: httpx.AsyncBaseTransport) -> None:
        self._name = name
        self._pool = pool
        self._transport = transport

    async def run(self) -> None:
        """Look who is listed and ask each, again and again, until cancelled."""
        while True:
            self._pool.refresh()
            await asyncio.gather(*(self._probe(one) for one in self._pool.instances))
            await asyncio.sleep(EVERY_S)

    async def _probe(self, instance: Instance) -> None:
        was_well = instance.is_well
        instance.probed(await self._ask(instance.address))
        if was_well == instance.is_well:
            return
        told = {"upstream": self._name, "address": instance.address}
        if instance.is_well:
            log.warning("instance_back", **told)
        else:
            log.warning("instance_out", reason=instance.complaint, **told)

    async def _ask(self, address: str) -> str | None:
        """Return what is wrong with an instance; None if nothing is."""
        request = httpx.Request("GET", address + PATH)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                response = await self._transport.handle_async_request(request)
                try:
                    await response.aread()
                finally:
                    await response.aclose()
        except TimeoutError:
            return f"no answer to {PATH} within {TIMEOUT_S:.0f} s"
        except httpx.TransportError as error:
            return f"{PATH} failed: {error!r}"
        return None if response.is_success else f"{PATH} answers {response.status_code}"
