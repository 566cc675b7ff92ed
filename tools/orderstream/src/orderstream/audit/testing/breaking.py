"""Putting books wrong, and seeing what the rules say of it."""

from collections.abc import Iterable
from typing import Any

from orderstream.audit.books import Books
from orderstream.audit.report import judge


def found(books: Books) -> dict[str, list[str]]:
    """The rules that are broken, each with the subjects that it is broken for."""
    broken: dict[str, list[str]] = {}
    for violation in judge(books).violations:
        broken.setdefault(violation.rule, []).append(violation.subject)
    return broken


def change(rows: Iterable[Any], order_id: str, **fields: Any) -> list[Any]:
    """The same rows, with those of one order changed."""
    return [row._replace(**fields) if row.order_id == order_id else row for row in rows]


def without(rows: Iterable[Any], order_id: str) -> list[Any]:
    """The same rows, without those of one order."""
    return [row for row in rows if row.order_id != order_id]
