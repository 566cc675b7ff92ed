"""How the provider decides on a payment: by its token or fault plan, after the order's latency."""

import asyncio
import hashlib
import time

from simkit import (
    Answer,
    Behaviour,
    IdempotencyKeys,
    Switches,
    Tries,
    fingerprint,
    fraction,
    pause_seconds,
)

from psp import errors
from psp.announcing import Announcing
from psp.intents import Intent, Status
from psp.ledger import Ledger
from psp.requests import NewIntent
from psp.settings import Settings
from psp.tokens import Plan, Token, find


class Authorizing:
    """Authorisation, once per idempotency key, written down before it is answered."""

    def __init__(
        self,
        settings: Settings,
        ledger: Ledger,
        keys: IdempotencyKeys,
        tries: Tries,
        *,
        switches: Switches[Behaviour],
        announcing: Announcing,
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._keys = keys
        self._tries = tries
        self._switches = switches
        self._announcing = announcing

    async def authorize(self, wanted: NewIntent, key: str | None, fault_plan: str | None) -> Answer:
        """Hold the money, or decline; takes as long as the order's latency says."""
        token = find(wanted.payment_method, fault_plan)
        if token is None:
            raise errors.invalid(
                "No such payment_method. GET /v1/tokens lists those that exist.",
                code="resource_missing",
                param="payment_method",
            )
        pause = self._pause(token, wanted.metadata.order_id)
        return await self._keys.once(
            key,
            fingerprint("/v1/payment_intents", wanted),
            wait=lambda: asyncio.sleep(pause),
            effect=lambda: self._decide(token, wanted, key),
        )

    def _decide(self, token: Token, wanted: NewIntent, key: str | None) -> Answer:
        order_id = wanted.metadata.order_id
        if token.plan is Plan.ERROR_ONCE and self._tries.first(f"authorize {order_id}"):
            return errors.processing_error()
        declined = self._decline_code(token, order_id)
        intent = self._intent(wanted, key, declined)
        self._ledger.add(intent)
        self._announcing.announce(intent, key)
        if declined:
            return errors.decline(declined, intent.as_json())
        lost = token.plan is Plan.LOSE_ANSWER_ONCE and self._tries.first(f"answer {order_id}")
        silent = token.plan is Plan.KEEP_SILENT_ONCE and self._tries.first(f"answer {order_id}")
        return Answer(200, intent.as_json(), lost=lost, silent=silent)

    def _intent(self, wanted: NewIntent, key: str | None, declined: str | None) -> Intent:
        order_id = wanted.metadata.order_id
        return Intent(
            id=self._next_id(order_id),
            order_id=order_id,
            status=Status.REQUIRES_PAYMENT_METHOD if declined else Status.REQUIRES_CAPTURE,
            amount=wanted.amount,
            currency=wanted.currency,
            payment_method=wanted.payment_method,
            metadata=wanted.metadata.model_dump(),
            created=int(time.time()),
            key=key,
            decline_code=declined,
        )

    def _decline_code(self, token: Token, order_id: str) -> str | None:
        if token.plan is Plan.DECLINE:
            return token.decline_code
        percentile = fraction(self._settings.seed, order_id, "approval") * 100
        if token.plan is Plan.RANDOM and percentile >= self._settings.approval_percent:
            return token.decline_code
        return None

    def _next_id(self, order_id: str) -> str:
        nth = self._ledger.count_of_order(order_id)
        name = f"{self._settings.seed}:{order_id}:{nth}"
        return "pi_" + hashlib.blake2b(name.encode(), digest_size=12).hexdigest()

    def _pause(self, token: Token, order_id: str) -> float:
        if token.plan is Plan.SLOW:
            return self._settings.slow_ms / 1000
        now = self._switches.now
        return pause_seconds(self._settings.seed, order_id, now.latency_ms_min, now.latency_ms_max)
