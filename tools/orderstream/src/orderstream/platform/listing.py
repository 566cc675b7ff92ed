"""Writes where the instances are that the gateway balances over; it reads the files as they change."""

from collections.abc import Iterable, Mapping

from orderstream.platform.folders import Folders
from orderstream.platform.process import Process

LISTED: Mapping[str, str] = {
    "order_api_port": "http://127.0.0.1:{}",
    "inventory_api_port": "http://127.0.0.1:{}",
    "inventory_grpc_port": "127.0.0.1:{}",
}
"""The form of an address, by the setting of its port; each has a file of its own."""


def listings(folders: Folders) -> dict[str, str]:
    """What the gateway is told of the files: `ORDER_API_URLS` and so on."""
    return {
        f"{setting.removesuffix('_port').upper()}_URLS": f"file:{folders.listing(setting)}"
        for setting in LISTED
    }


def write_listings(folders: Folders, processes: Iterable[Process]) -> None:
    """List the instances among these processes, one a line; nobody sees half of a list."""
    ports = [item for process in processes for item in process.ports.items()]
    for setting, form in LISTED.items():
        lines = [form.format(port) for port, moved_by in ports if moved_by == setting]
        file = folders.listing(setting)
        file.parent.mkdir(exist_ok=True)
        written = file.with_suffix(".new")
        written.write_text("".join(f"{line}\n" for line in lines))
        written.replace(file)
