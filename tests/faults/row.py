"""One line of the table: what was done to the system, and what came of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from e2e.verdict import Verdict

MEANS = {
    "acceptance": "lost",
    "clients": "lost",
    "deliveries": "lost",
    "money": "doubled",
    "stock": "doubled",
    "parcels": "doubled",
    "messages": "doubled",
    "endings": "stuck",
    "stuck": "stuck",
    "history": "wrong",
    "sequences": "wrong",
}
"""What the breach of each rule of the audit counts as."""


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one trial; `seconds_to_normal` is None where it never got back to it.

    What was lost, doubled, stuck and wrong is known only when the audit has been.
    """

    fault: str
    orders: int
    in_flight_at_the_fault: int
    unknown_answers: int
    lost: int | None = None
    doubled: int | None = None
    stuck: int | None = None
    wrong: int | None = None
    seconds_to_normal: float | None = None


def judged(row: Any, verdict: Verdict | None) -> Any:
    """A trial's row with what its orders have to answer for; a row of reads remains as it is."""
    if not isinstance(row, Row):
        return row
    violations = () if verdict is None else verdict.violations
    breaches = Counter(MEANS[one.rule] for one in violations)
    return replace(
        row,
        lost=breaches["lost"],
        doubled=breaches["doubled"],
        stuck=breaches["stuck"] + len(verdict.in_flight if verdict else ()),
        wrong=breaches["wrong"],
    )


def as_markdown(rows: Sequence[Any]) -> list[str]:
    """The table of rows of one kind, aligned so that it reads well as text too."""
    head = [field.name.replace("_", " ") for field in fields(rows[0])]
    lines = [head, *(_cells(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    are_words = [isinstance(getattr(rows[0], field.name), str) for field in fields(rows[0])]
    first, *rest = (_line(cells, widths, are_words) for cells in lines)
    rule = [
        "-" * width if is_word else "-" * (width - 1) + ":"
        for width, is_word in zip(widths, are_words, strict=True)
    ]
    return [first, _line(rule, widths, are_words), *rest]


def _cells(row: Any) -> list[str]:
    return [_cell(getattr(row, field.name)) for field in fields(row)]


def _cell(value: object) -> str:
    """A figure; None where what it counts never came about."""
    if value is None:
        return "never"
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def _line(cells: list[str], widths: list[int], are_words: list[bool]) -> str:
    """Words begin at the left of their column, figures end at its right."""
    columns = zip(cells, widths, are_words, strict=True)
    return f"| {' | '.join(c.ljust(w) if is_word else c.rjust(w) for c, w, is_word in columns)} |"
