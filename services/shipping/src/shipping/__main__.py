"""Shipping books the carrier, and decides whether an order can still be stopped."""

from servicekit import loading, main


def worker() -> None:
    """Consume, handle and relay events; ask the carrier."""
    with loading():
        from shipping.worker import run

    run()


if __name__ == "__main__":
    main("shipping", __doc__, worker)
