"""Payment holds, takes and gives back the customer's money."""

from servicekit import configure_logging, load_settings, loading, main


def worker() -> None:
    """Consume, handle and relay events; ask the provider."""
    with loading():
        from payment.worker import run

    run()


def api() -> None:
    """Take the provider's webhooks over HTTP."""
    # Imported here: a worker has no use for FastAPI.
    with loading():
        from servicekit.api import serve

        from payment.api import create_api
        from payment.settings import PaymentApiSettings

    settings = load_settings(PaymentApiSettings)
    configure_logging("payment-api", settings)
    serve(create_api(settings), settings)


if __name__ == "__main__":
    main("payment", __doc__, worker, api)
