"""`python -m SERVICE ROLE`: the roles in which a service can run; `migrate` is one of each."""

import argparse
import gc
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from servicekit.startup import CannotStartError


def main(
    service: str, doc: str | None, *roles: Callable[..., None], has_database: bool = True
) -> None:
    """Run the role that the command line names; a wrong one is answered with the list of them.

    Every service with a database has the role `migrate`; the others are its own, named like their
    functions. A role's docstring is its help, and its parameters are arguments of the command, converted by
    their annotations: `def seed(file: Path)` is `python -m inventory seed FILE`.

    Raises:
        SystemExit: with code 2, for a wrong command and for a process that cannot start.
    """
    everyones = (_migrating(service),) if has_database else ()
    by_name = {role.__name__.replace("_", "-"): role for role in (*everyones, *roles)}
    parser = argparse.ArgumentParser(prog=f"python -m {service}", description=doc)
    commands = parser.add_subparsers(dest="role", required=True, metavar="|".join(by_name))
    for name, role in by_name.items():
        command = commands.add_parser(name, help=_first_line(role), description=role.__doc__)
        for parameter in inspect.signature(role, eval_str=True).parameters.values():
            command.add_argument(
                parameter.name, metavar=parameter.name.upper(), type=parameter.annotation
            )
    given = vars(parser.parse_args())
    try:
        by_name[given.pop("role")](**given)
    except CannotStartError as error:
        line = " ".join(str(error).split())  # whatever library the reason comes from
        print(f"{parser.prog}: {line}", file=sys.stderr)  # noqa: T201  # a command's own words
        raise SystemExit(2) from None


@contextmanager
def loading() -> Iterator[None]:
    """Import what a role needs inside of this block.

    Thousands of lasting objects come at once, and Python would go through all of them again and
    again: a fifth of a start. They are left out of every later search as well, the one at the end of
    the process included, which would take a quarter of a start.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _migrating(service: str) -> Callable[[], None]:
    def migrate() -> None:
        """Bring the service's database (DATABASE_URL) to the newest version."""
        with loading():
            from servicekit import migrations  # noqa: PLC0415  # no other role has a use for Alembic

        migrations.migrate(service)

    return migrate


def _first_line(role: Callable[..., None]) -> str:
    return next(iter((role.__doc__ or "").strip().splitlines()), "")
