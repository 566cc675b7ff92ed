"""How a report looks on a terminal."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from orderstream.audit.report import Report, RuleResult

SHOWN = 10


def show_report(report: Report, console: Console) -> None:
    """Print what was checked, and the first breaches of each rule that is broken."""
    console.print(_table(report))
    for result in report.results:
        _show_violations(result, console)
    for order_id, waits in list(report.in_flight.items())[:SHOWN]:
        console.print(f"in flight  {order_id}  {escape(waits)}", highlight=False, soft_wrap=True)
    _show_rest(len(report.in_flight), console)
    for name, wrong in report.absent.items():
        line = f"[red]does not run[/]  {escape(name)}  {escape(wrong)}"
        console.print(line, highlight=False, soft_wrap=True)
    colour = "green" if report.clean else "red"
    console.print(f"[bold {colour}]{report.summary}[/]", highlight=False)


def _table(report: Report) -> Table:
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("rule", "verdict", "what must hold", "checked on"):
        shown.add_column(column, header_style="bold", no_wrap=column in ("rule", "verdict"))
    for result in report.results:
        found = len(result.violations)
        verdict = f"[red]{found} broken[/]" if found else "[green]holds[/]"
        counts = ", ".join(f"{count:,} {what}" for what, count in result.counts.items() if count)
        shown.add_row(result.rule.name, verdict, result.rule.statement, counts or "nothing")
    return shown


def _show_violations(result: RuleResult, console: Console) -> None:
    for one in result.violations[:SHOWN]:
        line = f"[red]{one.rule}[/]  {escape(one.subject)}  {escape(one.finding)}"
        console.print(line, highlight=False, soft_wrap=True)
    _show_rest(len(result.violations), console)


def _show_rest(count: int, console: Console) -> None:
    if count > SHOWN:
        console.print(f"… and {count - SHOWN} more")
