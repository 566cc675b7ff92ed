"""`python -m SERVICE ROLE`: the roles in which a service can run."""

import argparse
from collections.abc import Callable


def main(service: str, doc: str | None, *roles: Callable[[], None]) -> None:
    """Run the role that the command line names; a wrong one is answered with the list of them."""
    by_name = {role.__name__.replace("_", "-"): role for role in roles}
    parser = argparse.ArgumentParser(prog=f"python -m {service}", description=doc)
    commands = parser.add_subparsers(dest="role", required=True, metavar="ROLE")
    for name, role in by_name.items():
        commands.add_parser(name, help=(role.__doc__ or "").strip().splitlines()[0])
    by_name[parser.parse_args().role]()
