"""`orderstream faults`: what can be made to fail for one order."""

from client import FaultPlan, GatewayClient
from stack import System
from stack.hints import program

from orderstream.formatting import console, table
from orderstream.shop import in_shop

EXAMPLES = ("faults", "order --fault carrier_down_20s")


def run() -> None:
    """List the fault plans: what each does to the one order that carries it, and how that ends."""
    shown = table(
        "plan", "what it does", "how the order ends", wrap=("what it does", "how the order ends")
    )
    for plan in in_shop(_read):
        shown.add_row(plan.name, plan.does, plan.ends)
    console().print(shown)
    console().print(f"Let an order fail: {program()} order --fault PLAN", highlight=False)


async def _read(_: System, gateway: GatewayClient) -> list[FaultPlan]:
    return await gateway.fault_plans.known()
