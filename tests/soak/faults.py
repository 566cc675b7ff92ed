"""What goes wrong during a soak: one thing after the other, chosen by a seeded chance."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from e2e.faults import kill, ready, standing_still, stopped
from e2e.outside import EVERY, misbehaving
from e2e.shop import Shop
from stack import Layer

HANG_UP = """
    SELECT count(pg_terminate_backend(pid)) FROM (
        SELECT pid FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND usename <> 'postgres'
        ORDER BY random() LIMIT $1
    ) AS chosen
"""
CONNECTIONS = (1, 1000)
HANG_S, AWAY_S, TROUBLE_S = 20, 15, 15
RECOVERS_WITHIN_S = 180
"""A busy machine takes its time; more would be a fault of its own."""
QUIET_S = (2.0, 8.0)
"""So long nothing happens between two faults."""
PROVIDER_TROUBLE: tuple[dict[str, int], ...] = (
    {"error_next": EVERY},
    {"drop_next": EVERY},
    {"lose_answer_next": EVERY},
    {"latency_ms_min": 2000, "latency_ms_max": 4000},
    {"webhook_copies": 3, "webhook_delay_ms_max": 10_000},
    {"webhook_copies": 0},
)
CARRIER_TROUBLE = PROVIDER_TROUBLE[:4]


@dataclass(slots=True)
class Faults:
    """Chance and what it has done so far; the same seed chooses the same faults in the same order."""

    shop: Shop
    chance: random.Random
    struck: Counter[str] = field(default_factory=Counter)

    async def strike(self) -> None:
        """Let one thing after the other go wrong, until cancelled; each is over, and everything ready, before the next."""
        kinds: dict[str, Callable[[], Awaitable[None]]] = {
            "kill -9 of a worker": lambda: self._kill(Layer.WORKERS),
            "kill -9 of the gateway or an API": lambda: self._kill(Layer.APIS),
            "kill -9 of a simulator": lambda: self._kill(Layer.SIMULATORS),
            "kill -9 of Kafka": lambda: kill(self.shop.system, "kafka"),
            "kill -9 of PostgreSQL": lambda: kill(self.shop.system, "postgres"),
            "database connections are cut": self._hang_up,
            f"a worker hangs for {HANG_S} s": self._hang,
            f"the payment provider is unavailable for {AWAY_S} s": lambda: self._away("psp"),
            f"the carrier is unavailable for {AWAY_S} s": lambda: self._away("carrier"),
            f"the mail server is unavailable for {AWAY_S} s": lambda: self._away("postbox"),
            f"the payment provider misbehaves for {TROUBLE_S} s": lambda: self._trouble(
                "psp", PROVIDER_TROUBLE
            ),
            f"the carrier misbehaves for {TROUBLE_S} s": lambda: self._trouble(
                "carrier", CARRIER_TROUBLE
            ),
        }
        everything = [one.name for one in self.shop.system.processes]
        while True:
            await asyncio.sleep(self.chance.uniform(*QUIET_S))
            await ready(self.shop.system, *everything, seconds=RECOVERS_WITHIN_S)
            kind = self.chance.choice(list(kinds))
            self.struck[kind] += 1
            await kinds[kind]()

    def _names(self, layer: Layer) -> list[str]:
        return [one.name for one in self.shop.system.processes if one.layer is layer]

    async def _kill(self, layer: Layer) -> None:
        await kill(self.shop.system, self.chance.choice(self._names(layer)))

    async def _hang_up(self) -> None:
        await self.shop.books.ask("postgres", HANG_UP, self.chance.choice(CONNECTIONS))

    async def _hang(self) -> None:
        victim = self.chance.choice(self._names(Layer.WORKERS))
        pid = self.shop.system.states()[victim].pid
        if pid is None:
            return
        with standing_still(pid):
            await asyncio.sleep(HANG_S)

    async def _away(self, name: str) -> None:
        async with stopped(self.shop.system, name):
            await asyncio.sleep(AWAY_S)

    async def _trouble(self, name: str, ways: tuple[dict[str, int], ...]) -> None:
        async with misbehaving(self.shop, name, **self.chance.choice(ways)):
            await asyncio.sleep(TROUBLE_S)
