"""The order service follows every order and knows its status."""

from servicekit import configure_logging, load_settings, loading, main

from order.settings import OrderSettings, ReplaySettings


def worker() -> None:
    """Consume, handle and relay events; watch the deadlines."""
    with loading():
        from order.worker import run

    run()


def api() -> None:
    """Answer questions about orders over HTTP."""
    # Imported here: a worker has no use for FastAPI.
    with loading():
        from servicekit.api import serve

        from order.api import create_api

    settings = load_settings(OrderSettings)
    configure_logging("order-api", settings)
    serve(create_api(settings), settings)


def replay() -> None:
    """Rebuild the orders in an empty database from what the topics hold; says and asks nothing."""
    with loading():
        from order.replay import run

    run(load_settings(ReplaySettings))


if __name__ == "__main__":
    main("order", __doc__, worker, api, replay)
