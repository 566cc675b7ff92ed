"""Where the instances of an upstream are: listed in a setting, or in a file that may change."""

import time
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)
IN_FILE = "file:"
LOOK_EVERY_S = 0.5


class Addresses:
    """The addresses that a setting names: `A,B`, or `file:/PATH` with one of them a line.

    The file is read again and again, but not at every look. While it is missing or empty, what it said last holds:
    whoever writes it may be in the middle of it, and an upstream without addresses helps nobody.
    """

    def __init__(self, setting: str) -> None:
        self._path = Path(setting.removeprefix(IN_FILE)) if setting.startswith(IN_FILE) else None
        self._known = () if self._path else _addresses(setting.split(","))
        self._read_at = float("-inf")

    def look(self) -> tuple[str, ...]:
        """All addresses, without repeats, in the order in which they are listed."""
        if self._path is not None and time.monotonic() - self._read_at > LOOK_EVERY_S:
            self._read_at = time.monotonic()
            found = self._read(self._path)
            if found and found != self._known:
                log.info("instances listed", file=str(self._path), addresses=found)
                self._known = found
        return self._known

    def _read(self, path: Path) -> tuple[str, ...]:
        try:
            return _addresses(path.read_text().splitlines())
        except (OSError, UnicodeDecodeError) as error:
            log.warning("no addresses", file=str(path), error=str(error))
            return ()


def _addresses(listed: list[str]) -> tuple[str, ...]:
    stripped = (address.strip().rstrip("/") for address in listed)
    return tuple(dict.fromkeys(address for address in stripped if address))
