"""Inventory owns products, prices and stock; it reserves, releases and commits units."""

from pathlib import Path

from messaging import Worker
from servicekit import configure_logging, load_settings, main

from inventory.agents import agent
from inventory.settings import InventorySettings, SeedSettings
from inventory.unit_of_work import InventoryWork


def worker() -> None:
    """Hear, handle and relay events."""
    Worker(settings=load_settings(InventorySettings), agent=agent, work_type=InventoryWork).run()


def api() -> None:
    """Answer questions about products and stock over HTTP."""
    from servicekit.api import serve  # noqa: PLC0415  # a worker has no use for FastAPI

    from inventory.api import create_api  # noqa: PLC0415  # as above

    settings = load_settings(InventorySettings)
    configure_logging("inventory", settings)
    serve(create_api(settings), settings)


def seed(file: Path) -> None:
    """List the products of a file, with their prices and opening stock."""
    from inventory.seeding import run  # noqa: PLC0415  # as above

    run(load_settings(SeedSettings), file)


if __name__ == "__main__":
    main("inventory", __doc__, worker, api, seed)
