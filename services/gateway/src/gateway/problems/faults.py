"""What a model finds wrong with a body, as the faults of a problem."""

from typing import Any

from pydantic import ValidationError

from gateway.http.card_numbers import pointer_part
from gateway.problems.problem import Fault


def faults_of(error: ValidationError) -> list[Fault]:
    """What is wrong, part by part; nothing that was sent is repeated but the names of fields."""
    told = error.errors(include_input=False, include_url=False, include_context=False)
    return [Fault(_pointer(item["loc"]), f"{item['msg']}.") for item in told]


def _pointer(location: tuple[Any, ...]) -> str:
    return "".join(f"/{pointer_part(str(part))}" for part in location)
