"""A dead letter's content without what is personal or opens a door."""

import json
from typing import Any

HIDDEN = frozenset({"recipient", "sealed", "payment_token", "token", "email", "name", "address"})
"""The members whose values nobody needs to see in order to find a fault."""
MASK = "(masked)"
SHOWN_MAX = 20_000


def masked(value: bytes | None) -> str:
    """What the record says, as indented JSON; of anything else only its length is told."""
    if value is None:
        return "nothing: the record has no value"
    try:
        text = json.dumps(_mask(json.loads(value)), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return f"{len(value):,} bytes that are no JSON (not shown)"
    if len(text) > SHOWN_MAX:
        text = f"{text[:SHOWN_MAX]}\n... and {len(text) - SHOWN_MAX:,} letters more"
    return text.encode(errors="replace").decode()


def _mask(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: MASK if name in HIDDEN else _mask(one) for name, one in told.items()}
    if isinstance(told, list):
        return [_mask(one) for one in told]
    return told
