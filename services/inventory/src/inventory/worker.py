"""Running inventory's worker: the agent."""

from messaging.worker import Worker
from servicekit import load_settings

from inventory.agents import agent
from inventory.empty_shelves import EmptyShelves
from inventory.settings import InventorySettings
from inventory.unit_of_work import InventoryWork


def run() -> None:
    """Hear, handle and relay events."""
    settings = load_settings(InventorySettings)
    work_type = EmptyShelves if settings.fault_plans else InventoryWork
    Worker(settings=settings, agent=agent, work_type=work_type).run()
