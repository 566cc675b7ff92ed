"""Payment holds, takes and gives back the customer's money."""

from servicekit import main


def worker() -> None:
    """Hear, handle and relay events; ask the provider."""
    from payment.worker import run

    run()


if __name__ == "__main__":
    main("payment", __doc__, worker)
