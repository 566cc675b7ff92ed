"""Sends the webhooks that are due, as many at a time as is good for everybody, until cancelled."""

import asyncio
from collections import Counter

import asyncpg
import structlog
from messaging.buffer import Buffer
from messaging.patience import repeat
from messaging.worker import Chore
from servicekit import Sealer
from servicekit.calling import open_client

from notifier.webhooks.due import Due, claim, disable, finish, forget, postpone
from notifier.webhooks.schedule import TRIES, delay_s
from notifier.webhooks.sending import Outcome, Sender
from notifier.webhooks.targets import Targets

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.25
FORGET_EVERY_S = 600
MAX_IN_FLIGHT = 50
MAX_OF_ONE = 5
"""Once so many are on their way to one receiver, the others go first: it may be a slow one."""


class Delivering:
    """Claims webhooks, tries each, and writes down how that went.

    A claim is a lease: what a process that dies had in hand is sent again, with the same id.
    """

    def __init__(self, pool: asyncpg.Pool, sender: Sender, sealer: Sealer) -> None:
        self._pool = pool
        self._sender = sender
        self._sealer = sealer
        self._in_flight: Counter[str] = Counter()

    async def run(self) -> None:
        """Send what is due, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            await repeat(lambda: self._look(tasks), LOOK_EVERY_S)

    async def _look(self, tasks: asyncio.TaskGroup) -> None:
        while room := min(MAX_OF_ONE, MAX_IN_FLIGHT - self._in_flight.total()):
            busy = [one for one, count in self._in_flight.items() if count >= MAX_OF_ONE]
            found = await claim(self._pool, room, busy)
            for due in found:
                self._in_flight[due.subscription_id] += 1
                tasks.create_task(self._deliver(due))
            if len(found) < room:
                return

    async def _deliver(self, due: Due) -> None:
        try:
            await self._note(due, await self._try(due))
        except Exception as error:
            # Its lease runs out, and it is tried again: nothing here may end the worker.
            log.warning("no outcome of a webhook noted", webhook_id=due.id, error=repr(error))
        finally:
            self._in_flight[due.subscription_id] -= 1
            if not self._in_flight[due.subscription_id]:
                del self._in_flight[due.subscription_id]

    async def _try(self, due: Due) -> Outcome:
        """Send it once. Whatever goes wrong counts as a try: none may be tried for ever."""
        try:
            keys = [self._sealer.unseal_secret(one, due.subscription_id) for one in due.secrets]
            return await self._sender.send(due.url, keys, due.id, due.body)
        except Exception as error:
            log.warning("webhook cannot be sent", webhook_id=due.id, error=repr(error))
            return Outcome(None, type(error).__name__)

    async def _note(self, due: Due, outcome: Outcome) -> None:
        if outcome.was_taken:
            await finish(self._pool, due, "delivered", outcome)
            return
        wait_s = delay_s(due.tries + 1)
        told = {"webhook_id": due.id, "tries": due.tries + 1, "of": TRIES, "error": outcome.error}
        if outcome.is_unwanted:
            log.warning("webhooks are not wanted any more", subscription=due.subscription_id)
            await disable(self._pool, due, outcome)
        elif wait_s is None:
            log.warning("webhook given up", **told)
            await finish(self._pool, due, "failed", outcome)
        else:
            wait_s = max(wait_s, outcome.after_s or 0.0)
            log.info("webhook not taken, trying again", delay_s=round(wait_s), **told)
            await postpone(self._pool, due, wait_s, outcome)


def deliver_webhooks(sealer: Sealer, targets: Targets) -> Chore:
    """The chore that sends webhooks."""

    async def run(pool: asyncpg.Pool, _: Buffer) -> None:
        async with open_client("") as http:
            await Delivering(pool, Sender(http, targets), sealer).run()

    return run


async def forget_old_webhooks(pool: asyncpg.Pool, _: Buffer) -> None:
    """The chore that removes from the log what ended long ago."""
    await repeat(lambda: forget(pool), FORGET_EVERY_S)
