"""What the simulated interfaces read from a request in the same way."""

from fastapi import Request
from fastapi.exceptions import RequestValidationError

KEY_MAX = 255
FAULT_PLAN = "fault-plan"


async def idempotency_key(request: Request) -> str | None:
    """Give the request's Idempotency-Key.

    Raises:
        RequestValidationError: if it is empty or longer than Stripe allows.
    """
    key = request.headers.get("idempotency-key")
    if key is not None and not 0 < len(key) <= KEY_MAX:
        fault = {
            "loc": ("header", "Idempotency-Key"),
            "msg": f"must have 1 to {KEY_MAX} characters",
        }
        raise RequestValidationError([fault])
    return key


def validation_problem(error: RequestValidationError) -> tuple[str, str]:
    """Give the first fault as (parameter in brackets notation, sentence)."""
    first = error.errors()[0]
    if first.get("type") == "json_invalid":
        return "", "The body is not valid JSON."
    names = [str(part) for part in first["loc"] if part not in ("body", "query", "header")]
    parameter = names[0] + "".join(f"[{name}]" for name in names[1:]) if names else ""
    message = str(first["msg"]).removeprefix("Value error, ")
    return parameter, f"{parameter or 'body'}: {message}"


async def fault_plan(request: Request) -> str | None:
    """Give the fault plan that a request carries in its W3C baggage, if it carries one."""
    for member in request.headers.get("baggage", "").split(","):
        name, _, value = member.partition(";")[0].partition("=")
        if name.strip() == FAULT_PLAN:
            return value.strip()
    return None
