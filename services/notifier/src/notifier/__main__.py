"""The notifier tells the customer what became of the order."""

from servicekit import main


def worker() -> None:
    """Hear, handle and relay events; send mail."""
    from notifier.worker import run

    run()


if __name__ == "__main__":
    main("notifier", __doc__, worker)
