"""What the provider announces: each change of an intent, as an event of Stripe's shape."""

import hashlib
import json
import time

from simkit.webhooks import Webhooks

from psp.intents import Intent, Status

TYPES = {
    Status.REQUIRES_CAPTURE: "payment_intent.amount_capturable_updated",
    Status.REQUIRES_PAYMENT_METHOD: "payment_intent.payment_failed",
    Status.SUCCEEDED: "payment_intent.succeeded",
    Status.CANCELED: "payment_intent.canceled",
}


class Announcing:
    """Announcement of what became of an intent, and by whose request, to the receiver of the webhooks."""

    def __init__(self, webhooks: Webhooks) -> None:
        self._webhooks = webhooks

    def announce(self, intent: Intent, key: str | None) -> None:
        """Announce the status of an intent; `key` is the request's that led to it.

        Belongs in the transaction that holds the change.
        """
        # An intent reaches each status once, so this names the event.
        name = f"{intent.id} {intent.status}"
        event_id = "evt_" + hashlib.blake2b(name.encode(), digest_size=12).hexdigest()
        event = {
            "id": event_id,
            "object": "event",
            "type": TYPES[intent.status],
            "created": int(time.time()),
            "data": {"object": intent.as_json()},
            "request": {"id": None, "idempotency_key": key},
        }
        self._webhooks.announce(event_id, json.dumps(event, separators=(",", ":")))
