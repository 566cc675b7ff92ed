"""What the gateway needs to take orders, started on this machine, with a core for the gateway alone."""

import json
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from orderstream.bench.gateway.crowd import Crowd
from orderstream.bench.gateway.lines import Lines
from orderstream.platform import (
    Settings,
    Steps,
    System,
    create_database,
    free_ports,
    load,
    migrate,
    pick,
    seed,
    topology,
    up,
    wipe,
)

NEEDED = ("kafka", "postgres", "issuer", "gateway")
PRODUCTS = 500
CUSTOMERS = 500
UNKNOWN_PRODUCT = "422"
TOKEN_LIFE_S = 3600
CORES_NEEDED = 2


@dataclass(frozen=True, slots=True)
class Stage:
    """A gateway that takes orders, and a crowd at its door."""

    system: System
    crowd: Crowd
    gateway: psutil.Process
    pinned: bool

    def cpu_s(self) -> float:
        """CPU seconds that the gateway has used."""
        times = self.gateway.cpu_times()
        return float(times.user + times.system)

    def rss(self) -> int:
        """Resident bytes of the gateway."""
        return int(self.gateway.memory_info().rss)


@asynccontextmanager
async def stage(folder: Path, steps: Steps) -> AsyncIterator[Stage]:
    """Start a gateway with its stores and the token issuer; nobody listens to what it says."""
    settings = _settings(folder)
    system = await up(settings, pick(topology(settings), NEEDED), steps=steps)
    try:
        with steps.step("products listed, tokens given"):
            await create_database(settings, "inventory")
            await migrate(settings, "inventory")
            await seed(settings)
            tokens = await _tokens(system.url("issuer"))
        pid = system.states()["gateway"].pid
        gateway = psutil.Process(pid)
        lines = Lines("127.0.0.1", settings.gateway_port)
        crowd = Crowd(lines, tokens, _skus())
        with steps.step("prices known to the gateway"):
            await _priced(crowd)
        yield Stage(system, crowd, gateway, _pin(system, gateway))
    finally:
        await wipe(settings.state_dir)


def _skus() -> list[str]:
    return [f"BENCH-{number:03}" for number in range(PRODUCTS)]


def _settings(folder: Path) -> Settings:
    products = [
        {"sku": sku, "name": f"Product {sku}", "unit_price": 450, "on_hand": 1} for sku in _skus()
    ]
    seed_file = folder / "products.json"
    seed_file.write_text(json.dumps({"currency": "GBP", "products": products}))
    return load(
        state_dir=folder / "state",
        seed_file=seed_file,
        fault_plans=False,
        log_format="json",
        rate_limit_scale=0,
        **free_ports(),
    )


async def _priced(crowd: Crowd) -> None:
    """Order until the gateway knows all prices: it hears of them in its own time."""
    while (await crowd.order(PRODUCTS, 1)).statuses[UNKNOWN_PRODUCT]:
        pass


async def _tokens(issuer: str) -> list[str]:
    tokens = []
    async with httpx.AsyncClient(base_url=issuer, trust_env=False) as http:
        for number in range(CUSTOMERS):
            wanted = {
                "sub": f"cus_bench_{number}",
                "scopes": ["orders:write"],
                "expires_in": TOKEN_LIFE_S,
            }
            answer = await http.post("/token", json=wanted)
            tokens.append(answer.raise_for_status().json()["access_token"])
    return tokens


def _pin(system: System, gateway: psutil.Process) -> bool:
    """Give the gateway a core for itself, and the other to everything else, this process included.

    False where that is not possible: one core only, or a system that cannot.
    """
    if not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < CORES_NEEDED:
        return False
    first, *others = sorted(os.sched_getaffinity(0))
    for state in system.states().values():
        process = psutil.Process(state.pid)
        for member in (process, *process.children(recursive=True)):
            _bind(member, [first] if process == gateway else others)
    _bind(psutil.Process(), others)
    return True


def _bind(process: psutil.Process, cores: Sequence[int]) -> None:
    for thread in process.threads():
        os.sched_setaffinity(thread.id, cores)
