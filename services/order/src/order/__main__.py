"""The order service follows every order and knows its status."""

from messaging import Worker
from servicekit import configure_logging, load_settings, main

from order.agents import agent
from order.deadlines import watch_deadlines
from order.settings import OrderSettings
from order.unit_of_work import OrderWork


def worker() -> None:
    """Hear, handle and relay events; watch the deadlines."""
    settings = load_settings(OrderSettings)
    chores = (watch_deadlines(settings.deadline_s),)
    Worker(settings=settings, agent=agent, work_type=OrderWork, chores=chores).run()


def api() -> None:
    """Answer questions about orders over HTTP."""
    # Imported here: a worker has no use for FastAPI.
    from servicekit.api import serve  # noqa: PLC0415

    from order.api import create_api  # noqa: PLC0415

    settings = load_settings(OrderSettings)
    configure_logging("order-api", settings)
    serve(create_api(settings), settings)


if __name__ == "__main__":
    main("order", __doc__, worker, api)
