"""The alternatives that a JSON Schema allows at one place, references followed.

Source: JSON Schema 2020-12, https://json-schema.org/draft/2020-12/json-schema-core
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Branch:
    """One alternative: a schema without reference or union, and where it stands (RFC 6901)."""

    pointer: str
    schema: Schema


def branches(root: Schema, pointer: str, schema: Schema) -> list[Branch]:
    """Return the alternatives of a schema within `root`; a single one where it is no union."""
    if "$ref" in schema:
        target = schema["$ref"].removeprefix("#")
        beside = {word: value for word, value in schema.items() if word != "$ref"}
        return branches(root, target, {**_at(root, target), **beside})
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return [
                branch
                for place, alternative in enumerate(schema[word])
                for branch in branches(root, f"{pointer}/{word}/{place}", alternative)
            ]
    return [Branch(pointer, schema)]


def type_of(branch: Branch) -> str:
    """Return the kind of JSON value it is."""
    return str(branch.schema.get("type", "anything"))


def pairs(
    olds: Sequence[Branch], news: Sequence[Branch]
) -> Iterator[tuple[Branch | None, Branch | None]]:
    """Match old and new alternatives: the same, else those of one name, else those of one type.

    What has no counterpart is paired with None.
    """
    old_rest, new_rest = list(olds), list(news)
    for is_match in (_are_the_same, _have_one_name, _have_one_type):
        for old in list(old_rest):
            new = next((new for new in new_rest if is_match(old, new)), None)
            if new is not None:
                old_rest.remove(old)
                new_rest.remove(new)
                yield old, new
    yield from ((old, None) for old in old_rest)
    yield from ((None, new) for new in new_rest)


def _are_the_same(old: Branch, new: Branch) -> bool:
    return old.schema == new.schema


def _have_one_name(old: Branch, new: Branch) -> bool:
    return _have_one_type(old, new) and old.schema.get("title") == new.schema.get("title")


def _have_one_type(old: Branch, new: Branch) -> bool:
    return type_of(old) == type_of(new)


def _at(root: Schema, pointer: str) -> Schema:
    found: Any = root
    for part in pointer.removeprefix("/").split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return found  # type: ignore[no-any-return]
