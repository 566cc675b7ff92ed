"""How a rebuild's report looks: counts first, then every difference, field by field."""

from typing import Any

from rich.console import Console
from rich.text import Text

from orderstream.rebuilding.comparing import Report
from orderstream.tables import table
from orderstream.wording import count

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
    """The report without the differences themselves, a line for all that there is to say."""
    lines = [
        f"identical: {report.identical:,}",
        f"in flight: {len(report.in_flight):,} (something was said of them meanwhile)",
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
