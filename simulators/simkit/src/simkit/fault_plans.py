"""What a request itself asks to go wrong: the `fault-plan` that its W3C baggage carries."""

from fastapi import Request

MEMBER = "fault-plan"


async def fault_plan(request: Request) -> str | None:
    """Give the fault plan that a request carries in its Baggage header, if it carries one."""
    for member in request.headers.get("baggage", "").split(","):
        name, _, value = member.partition(";")[0].partition("=")
        if name.strip() == MEMBER:
            return value.strip()
    return None
