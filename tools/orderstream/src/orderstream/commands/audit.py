"""`orderstream audit`: do all books of the running system agree?"""

import asyncio
import json
from typing import Annotated

import typer
from audit import CannotAuditError, Target, audit
from servicekit.sentences import sentence
from stack import NotUpError, SettingsError, load, reach

from orderstream.auditing import keep_auditing, show_report, target_of
from orderstream.errors import CommandError, complain
from orderstream.formatting import console
from orderstream.interrupting import run_interruptibly

EXAMPLES = (
    "audit",
    "audit --wait 60   # first let every order end",
    "audit --json",
    "audit --every 30   # again and again, as metrics for Prometheus",
)
BROKEN, NO_VERDICT = 1, 2
THIS_MACHINE = "127.0.0.1"


def run(
    *,
    wait: Annotated[
        float,
        typer.Option(min=0, help="Wait until nothing is on its way, so many seconds at most."),
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    every: Annotated[
        float | None,
        typer.Option(min=1, help="Audit every so many seconds, until Ctrl-C; serve the metrics."),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=65535,
            help="With --every: where the metrics are served; 18300 unless the prefix moves it.",
        ),
    ] = None,
    host: Annotated[
        str, typer.Option(help="With --every: the address to serve them at, 0.0.0.0 for all.")
    ] = THIS_MACHINE,
) -> None:
    """Check that nothing was lost, charged twice or shipped twice.

    Compares every service's database, every topic, and the books of the payment provider, the
    carrier and the mail server. Orders on their way are not judged; with --wait there must be none
    left. The exit code is 0 if all rules hold, 1 if one is broken, 2 if there is no verdict.
    """
    if every is not None:
        _keep_auditing(every, host, port)
        return
    try:
        report = asyncio.run(audit(target_of(reach(load())), wait_s=wait))
    except (NotUpError, SettingsError, CannotAuditError) as error:
        complain(str(error))
        raise typer.Exit(NO_VERDICT) from error
    if as_json:
        typer.echo(json.dumps(report.as_json(), indent=1))
    else:
        show_report(report, console())
    if not report.clean:
        raise typer.Exit(BROKEN if report.violations else NO_VERDICT)


def _keep_auditing(every: float, host: str, port: int | None) -> None:
    def find_target() -> Target:
        return target_of(reach(load()))

    port = port or reach(load()).settings.audit_port  # one that is not up is told at once
    try:
        run_interruptibly(keep_auditing(find_target, every, (host, port), console()), console())
    except OSError as error:
        raise CommandError(
            f"{sentence(f'Port {port} cannot be had: {error}')} Choose another: --port"
        ) from None
