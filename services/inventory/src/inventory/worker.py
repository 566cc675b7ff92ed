"""Running inventory's worker: the agent."""

from messaging.worker import Worker
from servicekit import load_settings

from inventory.agents import agent
from inventory.settings import InventorySettings
from inventory.unit_of_work import InventoryWork


def run() -> None:
    """Hear, handle and relay events."""
    Worker(settings=load_settings(InventorySettings), agent=agent, work_type=InventoryWork).run()
