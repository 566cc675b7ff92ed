"""The notifier tells the customer what became of the order."""

from servicekit import configure_logging, load_settings, loading, main


def worker() -> None:
    """Consume, handle and relay events; send mail and webhooks."""
    with loading():
        from notifier.worker import run

    run()


def api() -> None:
    """Let customers say over HTTP where their webhooks go."""
    # Imported here: a worker has no use for FastAPI.
    with loading():
        from servicekit.api import serve

        from notifier.api import create_api
        from notifier.settings import NotifierApiSettings

    settings = load_settings(NotifierApiSettings)
    configure_logging("notifier-api", settings)
    serve(create_api(settings), settings)


if __name__ == "__main__":
    main("notifier", __doc__, worker, api)
