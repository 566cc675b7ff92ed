"""Whether two versions of a schema understand each other: old records and new readers, and back.

Both ways matter: topics hold old records for days, and services are never all replaced at once.
Writers write every field, those with a default included; readers ignore fields they do not know.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from events.schema_branches import Branch, Schema, branches, pairs, type_of

ANNOTATIONS = {"$schema", "$id", "$defs", "title", "description", "default", "examples"}
LOWER_BOUNDS = {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"}
UPPER_BOUNDS = {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"}
COMPARED_BY_RULE = (
    ANNOTATIONS | LOWER_BOUNDS | UPPER_BOUNDS | {"type", "properties", "required", "enum", "const"}
)
ANY_OTHER = "any other value"


class Direction(StrEnum):
    """Readers that an incompatible change breaks."""

    BACKWARD = "new readers would refuse records that are already written"
    FORWARD = "readers that are not yet replaced would miss or refuse what new writers say"
    BOTH = "old and new would not understand each other"


@dataclass(frozen=True, slots=True)
class Incompatibility:
    """One change that breaks somebody; `pointer` (RFC 6901) says where in the schema."""

    event: str
    pointer: str
    direction: Direction
    change: str

    def __str__(self) -> str:
        return f"{self.event} at {self.pointer or 'its root'}: {self.change}; {self.direction}"


Change = tuple[str, Direction, str]


def check(old: Schema, new: Schema) -> list[Incompatibility]:
    """Return everything in `new` that breaks a reader or a writer of `old`; both are whole JSON Schemas."""
    event = str(new.get("$id") or new.get("title"))
    return [Incompatibility(event, *change) for change in _Walk(old, new).changes()]


class _Walk:
    """Walk through two schemas side by side, which visits every pair of places once."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old, self._new = old, new
        self._visited: set[tuple[str, str]] = set()

    def changes(self) -> Iterator[Change]:
        return self._compare("", self._old, self._new)

    def _compare(self, pointer: str, old: Any, new: Any) -> Iterator[Change]:
        """Compare what stands in both schemas at one place, a union branch by branch."""
        if not isinstance(old, dict) or not isinstance(new, dict):
            if old != new:
                yield pointer, Direction.BOTH, f"was {_told(old)}, is {_told(new)}"
            return
        olds, news = branches(self._old, pointer, old), branches(self._new, pointer, new)
        if len(olds) == len(news) == 1 and type_of(olds[0]) != type_of(news[0]):
            change = f"was {type_of(olds[0])}, is {type_of(news[0])}"
            yield pointer, Direction.BOTH, change
            return
        for one, other in pairs(olds, news):
            yield from self._compare_branches(pointer, one, other)

    def _compare_branches(
        self, pointer: str, old: Branch | None, new: Branch | None
    ) -> Iterator[Change]:
        if old is None or new is None:
            if old is not None:
                yield pointer, Direction.BACKWARD, f"can no longer be {type_of(old)}"
            if new is not None:
                yield pointer, Direction.FORWARD, f"can now also be {type_of(new)}"
        elif (old.pointer, new.pointer) not in self._visited:
            self._visited.add((old.pointer, new.pointer))
            yield from _values(old.pointer, old.schema, new.schema)
            yield from _bounds(old.pointer, old.schema, new.schema)
            yield from self._fields(old.pointer, old.schema, new.schema)
            for word in sorted((old.schema.keys() | new.schema.keys()) - COMPARED_BY_RULE):
                place = f"{old.pointer}/{word}"
                yield from self._compare(place, old.schema.get(word), new.schema.get(word))

    def _fields(self, pointer: str, old: Schema, new: Schema) -> Iterator[Change]:
        had, has = old.get("properties", {}), new.get("properties", {})
        newly_required = set(new.get("required", ())) - set(old.get("required", ()))
        for name in [*had, *sorted(has.keys() - had.keys())]:
            place = f"{pointer}/properties/{name.replace('~', '~0').replace('/', '~1')}"
            if name not in has:
                yield place, Direction.FORWARD, "was removed"
            elif name in had:
                yield from self._compare(place, had[name], has[name])
            if name in newly_required:
                change = "has become required" if name in had else "is new and required"
                yield place, Direction.BACKWARD, change


def _values(pointer: str, old: Schema, new: Schema) -> Iterator[Change]:
    had, has = _allowed(old), _allowed(new)
    gone = [value for value in had if value not in has and ANY_OTHER not in has]
    come = [value for value in has if value not in had and ANY_OTHER not in had]
    if gone:
        yield pointer, Direction.BACKWARD, f"no longer allows {', '.join(map(_told, gone))}"
    if come:
        yield pointer, Direction.FORWARD, f"now also allows {', '.join(map(_told, come))}"


def _allowed(schema: Schema) -> list[Any]:
    if "const" in schema:
        return [schema["const"]]
    return list(schema.get("enum", [ANY_OTHER]))


def _bounds(pointer: str, old: Schema, new: Schema) -> Iterator[Change]:
    for word in sorted((old.keys() | new.keys()) & (LOWER_BOUNDS | UPPER_BOUNDS)):
        had, has = old.get(word), new.get(word)
        if had != has:
            direction = Direction.BACKWARD if _is_tighter(word, had, has) else Direction.FORWARD
            yield f"{pointer}/{word}", direction, f"was {_told(had)}, is {_told(has)}"


def _is_tighter(word: str, had: float | None, has: float | None) -> bool:
    if had is None or has is None:
        return had is None
    return has > had if word in LOWER_BOUNDS else has < had


def _told(value: object) -> str:
    return "absent" if value is None else str(value)
