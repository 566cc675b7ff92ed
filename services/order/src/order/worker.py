"""Running the order service's worker: the agent, and the watch over the deadlines."""

from messaging import Worker
from servicekit import load_settings

from order.agents import agent
from order.deadlines import watch_deadlines
from order.open_orders import watch_open_orders
from order.settings import OrderSettings
from order.unit_of_work import OrderWork


def run() -> None:
    """Consume, handle and relay events; watch the deadlines, and what is open."""
    settings = load_settings(OrderSettings)
    background_tasks = (watch_deadlines(settings.deadline_s), watch_open_orders())
    Worker(
        settings=settings, agent=agent, work_type=OrderWork, background_tasks=background_tasks
    ).run()
