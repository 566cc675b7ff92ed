"""What the carrier does: buys a label after the order's latency, and cancels it at once."""

import asyncio
import hashlib
from datetime import UTC, datetime
from sqlite3 import Row

from simkit import (
    Answer,
    Behaviour,
    Books,
    IdempotencyKeys,
    Outages,
    Switches,
    Tries,
    fingerprint,
    pause_seconds,
)

from carrier import errors
from carrier.ledger import Ledger, as_json
from carrier.recipients import Plan, plan_for
from carrier.requests import CancelById, CancelByReference, NewShipment
from carrier.settings import Settings

DOWN_S = 20


class Labels:
    """Purchases and cancellations, once per idempotency key, written down before they are answered."""

    def __init__(
        self,
        settings: Settings,
        books: Books,
        ledger: Ledger,
        switches: Switches[Behaviour],
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._keys = IdempotencyKeys(books)
        self._tries = Tries(books)
        self._outages = Outages(books)
        self._switches = switches

    async def buy(self, wanted: NewShipment, key: str | None, fault_plan: str | None) -> Answer:
        """Buy a label; takes as long as the order's latency says."""
        plan = plan_for(wanted.to_address.name, wanted.to_address.zip, fault_plan)
        pause = self._pause(plan, wanted.reference)
        return await self._keys.once(
            key,
            fingerprint("/v2/shipments", wanted),
            wait=lambda: asyncio.sleep(pause),
            effect=lambda: self._buy(plan, wanted, key),
        )

    async def cancel(self, shipment_id: str, key: str | None) -> Answer:
        """Cancel one shipment; cancelling it again changes nothing."""
        return await self._keys.once(
            key,
            fingerprint(f"cancel {shipment_id}", CancelById()),
            wait=lambda: asyncio.sleep(0),
            effect=lambda: self._cancel(shipment_id),
        )

    async def cancel_order(self, wanted: CancelByReference, key: str | None) -> Answer:
        """Cancel every shipment of one order."""
        return await self._keys.once(
            key,
            fingerprint("cancel", wanted),
            wait=lambda: asyncio.sleep(0),
            effect=lambda: self._cancel_order(wanted.reference),
        )

    def find(self, shipment_id: str) -> Row:
        """Give a shipment.

        Raises:
            Refused: if there is none of this id.
        """
        row = self._ledger.shipment(shipment_id)
        if row is None:
            raise errors.not_found(f"id '{shipment_id}'")
        return row

    def _buy(self, plan: Plan, wanted: NewShipment, key: str | None) -> Answer:
        order_id = wanted.reference
        if plan is Plan.REFUSE:
            raise errors.undeliverable()
        if plan is Plan.DOWN and self._outages.lasts(f"buy {order_id}", DOWN_S):
            return errors.unavailable()
        if plan is Plan.ERROR_ONCE and self._tries.first(f"buy {order_id}"):
            return errors.internal_error()
        number = self._number(order_id)
        shipment_id = f"shp_{number:032x}"
        self._ledger.add(
            id=shipment_id,
            reference=order_id,
            status="pre_transit",
            tracking_code=f"PS{number % 10**12:012d}",
            service=wanted.service,
            weight_grams=wanted.parcel.weight_grams,
            to_address=wanted.to_address.model_dump_json(),
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            key=key,
        )
        lost = plan is Plan.LOSE_ANSWER_ONCE and self._tries.first(f"answer {order_id}")
        return Answer(201, as_json(self.find(shipment_id)), lost=lost)

    def _cancel(self, shipment_id: str) -> Answer:
        if failure := self._failure_to_cancel(self.find(shipment_id)):
            return failure
        self._ledger.cancel(shipment_id)
        return Answer(200, as_json(self.find(shipment_id)))

    def _cancel_order(self, reference: str) -> Answer:
        rows = self._ledger.of_order(reference)
        if not rows:
            raise errors.not_found(f"reference '{reference}'")
        if failures := [found for row in rows if (found := self._failure_to_cancel(row))]:
            return failures[0]
        for row in rows:
            self._ledger.cancel(row["id"])
        cancelled = [as_json(row) for row in self._ledger.of_order(reference)]
        return Answer(200, {"reference": reference, "shipments": cancelled})

    def _failure_to_cancel(self, row: Row) -> Answer | None:
        address = as_json(row)["to_address"]
        plan = plan_for(address["name"], address["zip"])
        if plan is Plan.CANCEL_ERROR_ONCE and self._tries.first(f"cancel {row['reference']}"):
            return errors.internal_error()
        return None

    def _number(self, order_id: str) -> int:
        nth = len(self._ledger.of_order(order_id))
        name = f"{self._settings.seed}:{order_id}:{nth}"
        return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=16).digest())

    def _pause(self, plan: Plan, order_id: str) -> float:
        if plan is Plan.SLOW:
            return self._settings.slow_ms / 1000
        now = self._switches.now
        return pause_seconds(self._settings.seed, order_id, now.latency_ms_min, now.latency_ms_max)
