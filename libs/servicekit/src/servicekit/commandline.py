"""`python -m SERVICE ROLE`: the roles in which a service can run."""

import argparse
import inspect
import sys
from collections.abc import Callable

from servicekit.startup import CannotStartError


def main(service: str, doc: str | None, *roles: Callable[..., None]) -> None:
    """Run the role that the command line names; a wrong one is answered with the list of them.

    A role's docstring is its help and its parameters are arguments of the command, converted by
    their annotations: `def seed(file: Path)` is `python -m inventory seed FILE`.

    Raises:
        SystemExit: with code 2, for a wrong command and for a process that cannot start.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {service}", description=doc)
    commands = parser.add_subparsers(dest="role", required=True, metavar="ROLE")
    by_name = {role.__name__.replace("_", "-"): role for role in roles}
    for name, role in by_name.items():
        _describe(role, commands.add_parser(name, help=_first_line(role), description=role.__doc__))
    arguments = vars(parser.parse_args())
    role = by_name[arguments.pop("role")]
    try:
        role(**arguments)
    except CannotStartError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)  # noqa: T201  # a command's own words
        raise SystemExit(2) from None


def _describe(role: Callable[..., None], command: argparse.ArgumentParser) -> None:
    for name, parameter in inspect.signature(role, eval_str=True).parameters.items():
        command.add_argument(name, metavar=name.upper(), type=parameter.annotation)


def _first_line(role: Callable[..., None]) -> str:
    return next(iter((role.__doc__ or "").strip().splitlines()), "")
