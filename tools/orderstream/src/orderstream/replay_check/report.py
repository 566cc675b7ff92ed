"""What a rebuild showed: which orders are the same as the live ones, which differ, which cannot be judged."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from orderstream.following.records import placed_ms
from orderstream.formatting import count, table
from orderstream.replay_check.orders import Orders, Row

PERSONAL = "recipient"
MISSING = "the order"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one order that is not what the topics say."""

    order_id: str
    field: str
    live: Any
    rebuilt: Any


@dataclass(frozen=True, slots=True)
class Report:
    """What a rebuild showed.

    `in_flight` are orders of which something was emitted or not yet consumed meanwhile. `too_old`
    differ, and were placed before the oldest record that the topics still hold. `before` counts
    those placed before the time that was asked for. `failures` are facts that could not be handled.
    """

    identical: int
    in_flight: Sequence[str]
    too_old: Sequence[str]
    differences: Sequence[Difference]
    before: int
    failures: Sequence[str]
    held_since: datetime | None
    kept: str | None = None

    @property
    def differing(self) -> list[str]:
        """The orders that differ, each once."""
        return list(dict.fromkeys(one.order_id for one in self.differences))


def compare(
    live: Orders,
    rebuilt: Orders,
    *,
    moving: Collection[str],
    held_since: datetime | None,
    kept: str | None = None,
) -> Report:
    """Judge every order that either side has, unless something of it is on its way.

    `held_since` is the time of the oldest record in a topic that has lost older ones.
    """
    moving = {*moving, *live.unpublished}
    in_flight, too_old, identical = [], [], 0
    differences: list[Difference] = []
    for order_id in sorted({*live.rows, *rebuilt.rows}):
        if order_id in moving:
            in_flight.append(order_id)
            continue
        found = _differences(order_id, live.rows.get(order_id), rebuilt.rows.get(order_id))
        if not found:
            identical += 1
        elif held_since is not None and placed_ms(order_id) < held_since.timestamp() * 1000:
            too_old.append(order_id)
        else:
            differences += found
    return Report(
        identical=identical,
        in_flight=in_flight,
        too_old=too_old,
        differences=differences,
        before=live.before,
        failures=rebuilt.failures,
        held_since=held_since,
        kept=kept,
    )


def _differences(order_id: str, live: Row | None, rebuilt: Row | None) -> list[Difference]:
    if live is None or rebuilt is None:
        there, nowhere = "there", "missing"
        sides = (nowhere, there) if live is None else (there, nowhere)
        return [Difference(order_id, MISSING, *sides)]
    return [
        Difference(order_id, field, _shown(field, live), _shown(field, rebuilt))
        for field in live
        if live[field] != rebuilt[field]
    ]


def _shown(field: str, row: Mapping[str, Any]) -> Any:
    """Give a value as it may be shown: the recipient, sealed or not, is of no concern here."""
    return "(sealed)" if field == PERSONAL and row[field] is not None else row[field]


SHOWN = 50
LONGEST = 60


def show_report(report: Report, console: Console) -> None:
    """Print what is the same, what cannot be judged and why, and what differs."""
    for line in summary(report):
        console.print(Text(line))
    if report.differences:
        shown = table("order", "field", "live", "rebuilt from the topics")
        for one in report.differences[:SHOWN]:
            shown.add_row(one.order_id, one.field, _cut(one.live), _cut(one.rebuilt))
        console.print(shown)
    if len(report.differences) > SHOWN:
        console.print(f"… and {len(report.differences) - SHOWN} more")


def summary(report: Report) -> list[str]:
    """Return the report without the differences themselves, a line for all that there is to say."""
    lines = [
        f"identical: {report.identical:,}",
        f"in flight: {len(report.in_flight):,} (something was emitted about them meanwhile)",
        f"differing: {len(report.differing):,}",
    ]
    if report.before:
        lines.append(f"placed before --from, not rebuilt: {report.before:,}")
    if report.held_since is not None:
        lines.append(
            f"not judged: {len(report.too_old):,} that differ and were placed before "
            f"{report.held_since.astimezone():%Y-%m-%d %H:%M:%S}: older records have expired"
        )
    if report.failures:
        lines.append(f"{count(len(report.failures), 'fact')} could not be handled:")
        lines += [f"  {failure}" for failure in report.failures[:SHOWN]]
    if report.kept is not None:
        lines.append(f"kept: the database {report.kept}")
    return lines


def _cut(value: Any) -> Text:
    text = str(value)
    return Text(text if len(text) <= LONGEST else f"{text[:LONGEST]}…")
