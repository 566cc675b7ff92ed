"""A gateway's process, which may depend on what the loop of the test serves."""

import asyncio
import signal
import uuid
from pathlib import Path

import httpx
from testkit.processes import Process
from testkit.waiting import until


class GatewayProcess:
    """A gateway and its log; whoever waits for it lets the loop go on."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        log = folder / f"gateway-{uuid.uuid4().hex}.log"
        self._process = Process("gateway", "api", log=log, **environment)
        self.url = self._process.url

    @property
    def log(self) -> str:
        return self._process.log

    async def answering(self, path: str, status: int = 200) -> None:
        await asyncio.to_thread(self._process.wait_ready, path, status)

    async def reaches(self, upstream: str) -> None:
        """Wait until it finds an upstream well."""

        async def is_well() -> bool:
            async with httpx.AsyncClient(base_url=self.url) as http:
                return bool((await http.get("/readyz")).json()["checks"][upstream] == "ok")

        await until(f"the gateway reaches {upstream}", is_well)

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        return await asyncio.to_thread(self._process.stop, how)
