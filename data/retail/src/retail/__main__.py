"""Shows what an import keeps of a file, and what it drops or changes: `python -m retail report FILE`."""

from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from retail.errors import RetailFormatError
from retail.importer import import_file
from retail.model import Finding, RetailImport

app = typer.Typer(add_completion=False)


@app.callback()
def retail() -> None:
    """Work with the orders of a real shop."""


@app.command()
def report(file: Path) -> None:
    """Import a file of Online Retail rows and account for every row of it."""
    try:
        imported = import_file(file)
    except RetailFormatError as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None
    Console().print(account(imported))


def account(imported: RetailImport) -> Table:
    """Lay out an import as a table: what was read, used, dropped and changed."""
    report = imported.report
    table = Table(title=Text(report.file), title_justify="left")
    table.add_column("")
    table.add_column("what")
    table.add_column("count", justify="right")
    table.add_column("e.g. line", justify="right")
    for what, count in (
        ("products", len(imported.products)),
        ("orders", len(imported.orders)),
        ("cancellations", len(imported.cancellations)),
        ("rows read", report.rows_read),
        ("rows used", report.rows_used),
    ):
        table.add_row("kept", what, f"{count:,}", "")
    _add_findings(table, "dropped", report.dropped)
    _add_findings(table, "changed", report.changed)
    return table


def _add_findings(table: Table, title: str, findings: tuple[Finding, ...]) -> None:
    table.add_section()
    for found in findings:
        table.add_row(title, Text(str(found)), f"{found.count:,}", str(found.example_line))


if __name__ == "__main__":
    app(prog_name="python -m retail")
