"""Sends the webhooks that are due, as many at a time as is good for everybody, until cancelled."""

import asyncio

import asyncpg
import structlog
from messaging import BackgroundTask, Buffer
from privacy import Sealer
from servicekit import log_about, run_every
from servicekit.http_client import open_client
from tracing import Attempt, TraceContext, attempting, use_trace

from notifier.webhooks.due import Due, claim, disable, finish, forget, postpone
from notifier.webhooks.schedule import TRIES, delay_s
from notifier.webhooks.sending import Outcome, Sender
from notifier.webhooks.shares import Shares
from notifier.webhooks.targets import Targets

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.25
IDLE_S = 0.5
FORGET_EVERY_S = 600


class Delivering:
    """Delivery of webhooks: claims them, tries each, and writes down how that went.

    A claim is a lease: what a process that dies had in hand is sent again, with the same id.
    """

    def __init__(self, pool: asyncpg.Pool, sender: Sender, sealer: Sealer) -> None:
        self._pool = pool
        self._sender = sender
        self._sealer = sealer
        self._shares = Shares()

    async def run(self) -> None:
        """Send what is due, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            await run_every(lambda: self._look(tasks), LOOK_EVERY_S, idle_s=IDLE_S)

    async def _look(self, tasks: asyncio.TaskGroup) -> bool:
        has_found = False
        while found := await claim(self._pool, self._shares):
            has_found = True
            for due in found:
                tasks.create_task(self._deliver(due))
        return has_found

    async def _deliver(self, due: Due) -> None:
        trace, attempt = TraceContext.parse(due.traceparent), Attempt(due.order_id, due.tries)
        with log_about(due.log_keys), use_trace(trace), attempting(attempt):
            try:
                await self._note(due, await self._try(due))
            except Exception as error:
                # Its lease runs out, and it is tried again: nothing here may end the worker.
                log.warning("webhook_outcome_lost", error=repr(error))
            finally:
                self._shares.give_back(due)

    async def _try(self, due: Due) -> Outcome:
        """Send it once. Whatever goes wrong counts as a try: tries are bounded."""
        try:
            keys = [self._sealer.unseal_secret(one, due.subscription_id) for one in due.secrets]
            return await self._sender.send(due.url, keys, due.id, due.body)
        except Exception as error:
            log.warning("webhook_unsendable", error=repr(error))
            return Outcome(None, type(error).__name__)

    async def _note(self, due: Due, outcome: Outcome) -> None:
        if outcome.was_taken:
            log.debug("webhook_delivered", tries=due.tries + 1)
            await finish(self._pool, due, "delivered", outcome)
            return
        wait_s = delay_s(due.tries + 1)
        told = {"tries": due.tries + 1, "of": TRIES, "error": outcome.error}
        if outcome.is_unwanted:
            log.warning("webhook_subscription_ended")
            await disable(self._pool, due, outcome)
        elif wait_s is None:
            log.warning("webhook_abandoned", **told)
            await finish(self._pool, due, "failed", outcome)
        else:
            wait_s = max(wait_s, outcome.after_s or 0.0)
            log.info("webhook_postponed", delay_s=round(wait_s), **told)
            await postpone(self._pool, due, wait_s, outcome)


def deliver_webhooks(sealer: Sealer, targets: Targets) -> BackgroundTask:
    """Return the background task that sends webhooks."""

    async def run(pool: asyncpg.Pool, _: Buffer) -> None:
        async with open_client("") as http:
            await Delivering(pool, Sender(http, targets), sealer).run()

    return run


async def forget_old_webhooks(pool: asyncpg.Pool, _: Buffer) -> None:
    """Remove from the log what ended long ago."""
    await run_every(lambda: forget(pool), FORGET_EVERY_S)
