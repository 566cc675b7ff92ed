"""What becomes of held money: taken, released or given back, each once per idempotency key."""

import asyncio
import time
from collections.abc import Callable

from pydantic import BaseModel
from simkit import Answer, IdempotencyKeys, Tries, fingerprint

from psp import errors
from psp.announcing import Announcing
from psp.intents import Intent
from psp.ledger import Ledger
from psp.requests import Cancel, Capture, NewRefund
from psp.tokens import TOKENS, Plan


class Settling:
    """Captures, cancels and refunds; answers at once."""

    def __init__(
        self, ledger: Ledger, keys: IdempotencyKeys, tries: Tries, announcing: Announcing
    ) -> None:
        self._ledger = ledger
        self._keys = keys
        self._tries = tries
        self._announcing = announcing

    async def capture(self, intent_id: str, wanted: Capture, key: str | None) -> Answer:
        """Take held money."""

        def effect() -> Answer:
            intent = self.find(intent_id)
            plan = TOKENS[intent.payment_method].plan
            if plan is Plan.CAPTURE_ERROR_ONCE and self._tries.first(f"capture {intent.id}"):
                return errors.processing_error()
            intent.capture(wanted.amount_to_capture)
            return self._saved(intent, key)

        return await self._once(key, f"capture {intent_id}", wanted, effect)

    async def cancel(self, intent_id: str, wanted: Cancel, key: str | None) -> Answer:
        """Release held money."""

        def effect() -> Answer:
            intent = self.find(intent_id)
            intent.cancel(wanted.cancellation_reason)
            return self._saved(intent, key)

        return await self._once(key, f"cancel {intent_id}", wanted, effect)

    async def refund(self, wanted: NewRefund, key: str | None) -> Answer:
        """Give captured money back."""
        return await self._once(key, "refund", wanted, lambda: self._refund(wanted))

    def find(self, intent_id: str) -> Intent:
        """Give an intent.

        Raises:
            Refused: if there is none of this id.
        """
        intent = self._ledger.intent(intent_id)
        if intent is None:
            raise errors.missing("payment_intent", intent_id)
        return intent

    def _refund(self, wanted: NewRefund) -> Answer:
        intent = self.find(wanted.payment_intent)
        amount = intent.refund(wanted.amount)
        self._ledger.save(intent)
        now = int(time.time())
        refund = {
            "id": self._ledger.add_refund(intent.id, amount, now),
            "object": "refund",
            "amount": amount,
            "currency": intent.currency,
            "payment_intent": intent.id,
            "reason": wanted.reason,
            "metadata": wanted.metadata,
            "status": "succeeded",
            "created": now,
        }
        return Answer(200, refund)

    def _saved(self, intent: Intent, key: str | None) -> Answer:
        self._ledger.save(intent)
        self._announcing.announce(intent, key)
        return Answer(200, intent.as_json())

    async def _once(
        self, key: str | None, request: str, wanted: BaseModel, effect: Callable[[], Answer]
    ) -> Answer:
        return await self._keys.once(
            key, fingerprint(request, wanted), wait=lambda: asyncio.sleep(0), effect=effect
        )
