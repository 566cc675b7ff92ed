"""The health of every process: checked once per gateway, however many dashboards are open."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

import httpx

from gateway.streams.dashboard_documents import ProcessHealth
from gateway.upstreams.addresses import Addresses

ASK_EVERY_S = 5.0
TIMEOUT_S = 3.0
"""Longer than readiness takes to report that a check has not answered."""
LOOKS = 2
"""Consecutive looks after which a process that is not ready counts as absent; a restart takes no longer."""
OK = "ok"


class SystemHealth:
    """Probe of every `NAME=URL`: is it ready?

    `addresses` is a setting as `Addresses` reads it: a list, or a file of lines that may change.
    """

    def __init__(self, http: httpx.AsyncClient, addresses: str) -> None:
        self._http = http
        self._addresses = Addresses(addresses)
        self.found: list[ProcessHealth] = []
        self._unwell: Counter[str] = Counter()

    async def run(self) -> None:
        """Ask all of them every five seconds, until cancelled."""
        while True:
            named = [line.partition("=") for line in self._addresses.look()]
            asked = (self._ask(name, url) for name, _, url in named)
            self.note(await asyncio.gather(*asked))
            await asyncio.sleep(ASK_EVERY_S)

    def note(self, found: Sequence[ProcessHealth]) -> None:
        """Take over one look."""
        self.found = list(found)
        unwell = [one.name for one in found if one.status != "ready"]
        self._unwell = Counter({name: self._unwell[name] + 1 for name in unwell})

    def absent(self) -> dict[str, str]:
        """Return which processes have not been ready for a while, with what they lack."""
        return {
            one.name: f"does not answer ({one.detail})"
            if one.status == "no_answer"
            else f"is not ready: {one.detail}"
            for one in self.found
            if self._unwell[one.name] >= LOOKS
        }

    async def _ask(self, name: str, url: str) -> ProcessHealth:
        try:
            answer = await self._http.get(url, timeout=TIMEOUT_S)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return ProcessHealth(name=name, status="no_answer", detail=type(error).__name__)
        if answer.is_success:
            return ProcessHealth(name=name, status="ready", detail=lacks(answer))
        return ProcessHealth(name=name, status="not_ready", detail=lacks(answer))


def lacks(answer: httpx.Response) -> str | None:
    """Return what a process reports as wrong, as in `database: no answer`, or None."""
    try:
        document: Any = answer.json()
        checks = dict(document.get("checks", {}))
    except (ValueError, AttributeError, TypeError):
        checks = {}
    wrong = [f"{name}: {found}" for name, found in checks.items() if found != OK]
    return "; ".join(wrong) or (None if answer.is_success else f"status {answer.status_code}")
