"""Running shipping's worker: the agent, and the carrier that its commands go to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from messaging import ExternalClient, Worker
from privacy import Sealer
from servicekit import load_settings

from shipping.agents import agent
from shipping.carrier import connect
from shipping.commands import Dispatch, commands
from shipping.settings import ShippingSettings
from shipping.unit_of_work import ShippingWork


def run() -> None:
    """Consume, handle and relay events; ask the carrier."""
    settings = load_settings(ShippingSettings)

    @asynccontextmanager
    async def dispatch() -> AsyncIterator[Dispatch]:
        async with connect(settings.carrier_url) as carrier:
            yield Dispatch(carrier, Sealer(settings.sealing_key))

    external_client = ExternalClient(
        commands=commands, connect=dispatch, ask_for_s=settings.ask_for_s
    )
    Worker(
        settings=settings, agent=agent, work_type=ShippingWork, external_client=external_client
    ).run()
