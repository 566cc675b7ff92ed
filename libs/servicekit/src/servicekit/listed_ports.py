"""The setting that lists the ports at which a public host may be asked."""

from typing import Annotated

from pydantic import AfterValidator

USUAL = "80,443,8443"
"""Where web servers listen."""
ANY = "any"
MAX_PORT = 65535


def ports_of(setting: str) -> frozenset[int] | None:
    """Return the ports that a setting lists with commas between; None for `any`.

    Raises:
        ValueError: it does neither.
    """
    if setting.strip() == ANY:
        return None
    parts = [part.strip() for part in setting.split(",")]
    if not all(part.isascii() and part.isdigit() and 1 <= int(part) <= MAX_PORT for part in parts):
        raise ValueError(f"expected ports with commas between, each 1 to {MAX_PORT}, or {ANY}")
    return frozenset(map(int, parts))


def _listed(setting: str) -> str:
    ports_of(setting)
    return setting


ListedPorts = Annotated[str, AfterValidator(_listed)]
"""Ports with commas between, or `any`."""
