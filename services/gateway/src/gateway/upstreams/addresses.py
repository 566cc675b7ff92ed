"""Where the instances of an upstream are: listed in a setting, or in a file that may change."""

import time
from collections.abc import Callable
from pathlib import Path

import structlog
from servicekit.addresses import host_and_port, http_url

log = structlog.get_logger(__name__)
IN_FILE = "file:"
LOOK_EVERY_S = 0.5


class Addresses:
    """The addresses that a setting names: `A,B`, or `file:/PATH` with one of them a line.

    The file is read repeatedly, but not at every look. While it is missing or empty, its last content holds:
    it may just be written, and an upstream without addresses is of no use.
    """

    def __init__(self, setting: str) -> None:
        self._path = Path(setting.removeprefix(IN_FILE)) if setting.startswith(IN_FILE) else None
        self._known = () if self._path else _addresses(setting.split(","))
        self._read_at = float("-inf")

    def look(self) -> tuple[str, ...]:
        """Return all addresses, without repeats, in the order in which they are listed."""
        if self._path is not None and time.monotonic() - self._read_at > LOOK_EVERY_S:
            self._read_at = time.monotonic()
            found = self._read(self._path)
            if found and found != self._known:
                log.info("instances_listed", file=str(self._path), addresses=found)
                self._known = found
        return self._known

    def _read(self, path: Path) -> tuple[str, ...]:
        try:
            return _addresses(path.read_text().splitlines())
        except (OSError, UnicodeDecodeError) as error:
            log.warning("addresses_unavailable", file=str(path), error=str(error))
            return ()


def http_addresses(setting: str) -> str:
    """Return the setting as it is, which lists addresses of APIs or names a file that does.

    Raises:
        ValueError: it does neither.
    """
    return _checked(setting, http_url, "http://host:port")


def rpc_addresses(setting: str) -> str:
    """Return the setting as it is, which lists addresses to call over gRPC or names a file that does.

    Raises:
        ValueError: it does neither.
    """
    return _checked(setting, host_and_port, "host:port")


def health_addresses(setting: str) -> str:
    """Return the setting as it is, which lists `NAME=URL` or names a file that does, or is empty.

    Raises:
        ValueError: it is none of these.
    """

    def named(entry: str) -> None:
        http_url(entry.partition("=")[2])

    return _checked(setting, named, "NAME=http://host:port") if setting else setting


def _checked(setting: str, check: Callable[[str], object], form: str) -> str:
    if setting.startswith(f"{IN_FILE}/"):
        return setting  # what the file lists may change at any time
    try:
        for address in _addresses(setting.split(",")) or ("",):
            check(address)
    except ValueError:
        raise ValueError(f"expected {form}, several with commas between, or file:/PATH") from None
    return setting


def _addresses(listed: list[str]) -> tuple[str, ...]:
    stripped = (address.strip().rstrip("/") for address in listed)
    return tuple(dict.fromkeys(address for address in stripped if address))
