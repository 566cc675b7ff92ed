"""The parts of the dashboard in a gateway, and what runs beside its requests for them."""

import asyncio
from dataclasses import dataclass
from functools import partial

import httpx

from gateway.live.dashboard_board import Board
from gateway.live.dashboard_documents import numbers_of
from gateway.live.dashboard_health import SystemHealth
from gateway.live.dashboard_streams import DashboardStreams
from gateway.products.catalogue import Catalogue
from gateway.settings import GatewaySettings


@dataclass(frozen=True, slots=True)
class DashboardFeed:
    """What is known of the shop, of its processes, and who is told."""

    board: Board
    health: SystemHealth
    streams: DashboardStreams

    async def run(self, bootstrap: str) -> None:
        """Hear the numbers, ask the processes, and tell the readers, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.board.follow(bootstrap))
            tasks.create_task(self.health.run())
            tasks.create_task(self.streams.run())


def dashboard_feed(
    settings: GatewaySettings, catalogue: Catalogue, http: httpx.AsyncClient
) -> DashboardFeed:
    """Put the parts together; products are named by the catalogue."""

    def name_of(sku: str) -> str | None:
        product = catalogue.find(sku)
        return None if product is None else product.name

    board, health = Board(), SystemHealth(http, settings.health_urls)
    show = partial(numbers_of, currency=settings.currency, name_of=name_of)
    streams = DashboardStreams(settings.max_dashboards, board, lambda: health.found, show)
    return DashboardFeed(board, health, streams)
