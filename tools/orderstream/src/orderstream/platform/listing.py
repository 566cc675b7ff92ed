"""Writes where the instances are that the gateway balances over, and whom it asks how they are.

It reads the files as they change.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from orderstream.platform.folders import Folders
from orderstream.platform.process import Process

LISTED: Mapping[str, str] = {
    "order_api_port": "http://127.0.0.1:{}",
    "inventory_api_port": "http://127.0.0.1:{}",
    "notifier_api_port": "http://127.0.0.1:{}",
    "inventory_grpc_port": "127.0.0.1:{}",
}
"""The form of an address, by the setting of its port; each has a file of its own."""
HEALTH = "health"
"""The file of every process that can be asked whether it is ready: `NAME=URL`, one a line."""


def listings(folders: Folders) -> dict[str, str]:
    """What the gateway is told of the files: `ORDER_API_URLS` and so on."""
    return {
        f"{setting.removesuffix('_port').upper()}_URLS": f"file:{folders.listing(setting)}"
        for setting in (*LISTED, HEALTH)
    }


def write_listings(folders: Folders, processes: Iterable[Process]) -> None:
    """List the instances among these processes, and how to ask each process, one a line."""
    there = list(processes)
    ports = [item for process in there for item in process.ports.items()]
    for setting, form in LISTED.items():
        lines = [form.format(port) for port, moved_by in ports if moved_by == setting]
        _write(folders.listing(setting), lines)
    asked = [f"{one.name}={one.health_url}" for one in there if one.health_url]
    _write(folders.listing(HEALTH), asked)


def _write(file: Path, lines: Iterable[str]) -> None:
    """Write a list; nobody sees half of it."""
    file.parent.mkdir(exist_ok=True)
    written = file.with_suffix(".new")
    written.write_text("".join(f"{line}\n" for line in lines))
    written.replace(file)
