"""Analytics counts what happens in the shop, window by window, for a dashboard."""

from servicekit import loading, main


def worker() -> None:
    """Consume how orders stand, count, and publish the numbers once a second."""
    with loading():
        from analytics.worker import run

    run()


if __name__ == "__main__":
    main("analytics", __doc__, worker, has_database=False)
