"""How dead letters look on a terminal."""

import json
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text
from stack import System
from stack.hints import program

from orderstream.dead_letters.reading import Act, Letter, LetterId, find, read_acts
from orderstream.formatting import table

HIDDEN = frozenset({"recipient", "sealed", "payment_token", "token", "email", "name", "address"})
"""The members whose values are not needed to find a fault."""
MASK = "(masked)"
SHOWN_MAX = 20_000


def masked(value: bytes | None) -> str:
    """Return what the record says, as indented JSON; of anything else only its length is told."""
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


MINE = ("ce_", "x-")
"""How the headers begin that tell about a record, and nothing of what somebody wrote."""


def show_letters(letters: Sequence[Letter], console: Console) -> None:
    """Print one line a letter."""
    shown = table("letter", "set aside", "order", "fact", "why", wrap=("order", "why"))
    for one in letters:
        why = Text(one.error if one.outcome is None else f"{one.outcome}; {one.error}")
        why.truncate(100, overflow="ellipsis")
        when = f"{one.set_aside_at.astimezone():%d %b %H:%M:%S}"
        shown.add_row(str(one.id), when, Text(one.key), Text(one.fact), why)
    console.print(shown)


async def show_letter(system: System, wanted: LetterId, console: Console) -> None:
    """Print one letter, whole but masked, and what to do next."""
    [letter] = await find(system, [wanted])
    acts = await read_acts(system, wanted)
    for name, text in _facts(letter):
        console.print(Text(f"{name:<10} ", style="bold"), Text(text), sep="", soft_wrap=True)
    for name, told in letter.headers:
        if name.startswith(MINE):
            console.print(Text(f"  {name}: {told}", style="dim"), soft_wrap=True)
    console.print(Text(masked(letter.value)), soft_wrap=True)
    for act in acts:
        console.print(Text(_told(act)), soft_wrap=True)
    if letter.settled_at is None:
        console.print(
            f'Once it is repaired: {program()} dead-letters redrive {letter.id} --reason "..."',
            soft_wrap=True,
        )


def _facts(letter: Letter) -> list[tuple[str, str]]:
    place = "" if letter.place is None else " partition {}, offset {}".format(*letter.place)
    return [
        ("letter", str(letter.id)),
        ("order", letter.key),
        ("fact", letter.fact),
        ("from", f"{letter.origin}{place}"),
        ("set aside", f"{letter.set_aside_at.astimezone():%Y-%m-%d %H:%M:%S}"),
        ("because", letter.error),
        ("now", letter.outcome or "waits for an operator"),
    ]


def _told(act: Act) -> str:
    when = f"{act.requested_at.astimezone():%Y-%m-%d %H:%M:%S}"
    outcome = act.outcome or "not done yet"
    return f"{when}  {act.operator} asked to {act.action} it ({act.reason}): {outcome}"
