"""Who caused what: the records about one order as a tree, told from cause to effect."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from orderstream.following.heard import Said


@dataclass(slots=True)
class Step:
    """One thing that happened and what followed from it; `repeats` counts its further records."""

    said: Said
    depth: int = 0
    repeats: int = 0
    guides: tuple[bool, ...] = ()
    """For each level above, and the step itself at last: whether more follows there."""
    effects: list["Step"] = field(default_factory=list)


def tell(records: Iterable[Said]) -> list[Step]:
    """Order records from cause to effect; what follows from one cause, by time.

    An event whose cause is not among them begins a story of its own. A dead letter follows from
    the event that could not be handled.
    """
    steps, orphans = _distinct(sorted(records, key=_when))
    roots: list[Step] = list(orphans)
    for step in steps.values():
        cause = step.said.envelope.causation_id if step.said.envelope else None
        if cause in steps:
            steps[cause].effects.append(step)
        else:
            roots.append(step)
    return [step for root in sorted(roots, key=lambda one: _when(one.said)) for step in _walk(root)]


def _distinct(records: Iterable[Said]) -> tuple[dict[UUID, Step], list[Step]]:
    """Each event once, with its dead letters; and what is no event, or a dead letter of none."""
    steps: dict[UUID, Step] = {}
    others: list[Step] = []
    for said in sorted(records, key=lambda one: one.is_dead_letter):
        known = steps.get(said.envelope.id) if said.envelope else None
        if said.envelope is None or (said.is_dead_letter and known is None):
            others.append(Step(said))
        elif known is None:
            steps[said.envelope.id] = Step(said)
        elif said.is_dead_letter:
            known.effects.append(Step(said))
        else:
            known.repeats += 1
    return steps, others


def _walk(step: Step, depth: int = 0, guides: tuple[bool, ...] = ()) -> Iterator[Step]:
    step.depth, step.guides = depth, guides
    yield step
    effects = sorted(step.effects, key=lambda one: _when(one.said))
    for place, effect in enumerate(effects, start=1):
        yield from _walk(effect, depth + 1, (*guides, place < len(effects)))


def _when(said: Said) -> tuple[object, ...]:
    sequence = said.envelope.sequence if said.envelope else 0
    return (said.time, said.topic, sequence, said.offset)
