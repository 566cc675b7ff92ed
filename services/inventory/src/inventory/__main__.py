"""Inventory owns products, prices and stock; it reserves, releases and commits units."""

from pathlib import Path

from servicekit import configure_logging, load_settings, loading, main

from inventory.settings import InventoryApiSettings, SeedSettings


def worker() -> None:
    """Consume, handle and relay events."""
    with loading():
        from inventory.worker import run

    run()


def api() -> None:
    """Answer questions about products and stock over HTTP and gRPC."""
    with loading():
        from servicekit.api import serve

        from inventory.api import create_api

    settings = load_settings(InventoryApiSettings)
    configure_logging("inventory", settings)
    serve(create_api(settings), settings)


def seed(file: Path) -> None:
    """List the products of a file, with their prices and opening stock."""
    with loading():
        from inventory.seeding import run

    run(load_settings(SeedSettings), file)


def check(file: Path) -> None:
    """Say what is wrong with a file of products, if anything is, without listing them."""
    from inventory.seed_file import read_seed

    read_seed(file)


if __name__ == "__main__":
    main("inventory", __doc__, worker, api, seed, check)
