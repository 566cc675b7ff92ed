"""`orderstream audit`: do all books of the running system agree?"""

import asyncio
import json
from typing import Annotated

import typer

from orderstream.audit import CannotAuditError, audit, show_report
from orderstream.platform import NotUpError, SettingsError, load, running
from orderstream.tables import console

EXAMPLES = ("audit", "audit --wait 60   # first let every order end", "audit --json")
BROKEN, NO_VERDICT = 1, 2


def run(
    *,
    wait: Annotated[
        float,
        typer.Option(min=0, help="Wait until nothing is on its way, so many seconds at most."),
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Check that nothing was lost, charged twice or shipped twice.

    Compares every service's database, every topic, and the books of the payment provider, the
    carrier and the mail server. Orders on their way are not judged; with --wait there must be none
    left. The exit code is 0 if all rules hold, 1 if one is broken, 2 if there is no verdict.
    """
    try:
        report = asyncio.run(audit(running(load().state_dir), wait_s=wait))
    except (NotUpError, SettingsError, CannotAuditError) as error:
        typer.secho(str(error), fg=typer.colors.RED, err=True)
        raise typer.Exit(NO_VERDICT) from error
    if as_json:
        typer.echo(json.dumps(report.as_json(), indent=1))
    else:
        show_report(report, console())
    if not report.clean:
        raise typer.Exit(BROKEN if report.violations else NO_VERDICT)
