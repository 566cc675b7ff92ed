"""Running the order service's worker: the agent, and the watch over the deadlines."""

from messaging.worker import Worker
from servicekit import load_settings

from order.agents import agent
from order.deadlines import watch_deadlines
from order.settings import OrderSettings
from order.unit_of_work import OrderWork


def run() -> None:
    """Hear, handle and relay events; watch the deadlines."""
    settings = load_settings(OrderSettings)
    chores = (watch_deadlines(settings.deadline_s),)
    Worker(settings=settings, agent=agent, work_type=OrderWork, chores=chores).run()
