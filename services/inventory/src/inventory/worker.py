"""Running inventory's worker: the agent."""

from messaging import Worker
from servicekit import load_settings

from inventory.agents import agent
from inventory.out_of_stock_fault import OutOfStockWork
from inventory.settings import InventorySettings
from inventory.unit_of_work import InventoryWork


def run() -> None:
    """Consume, handle and relay events."""
    settings = load_settings(InventorySettings)
    work_type = OutOfStockWork if settings.fault_plans else InventoryWork
    Worker(settings=settings, agent=agent, work_type=work_type).run()
