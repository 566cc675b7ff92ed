"""Reading the books of the outside world: the payment provider's, the carrier's, the mail server's."""

from typing import Any

import httpx

from orderstream.audit.failure import CannotAuditError
from orderstream.audit.records import Intent, Label, Mail
from orderstream.mails import order_of
from orderstream.platform import System

PAGE = 1000
PATIENCE_S = 60.0


async def read_intents(system: System) -> list[Intent]:
    """Every payment that the provider was asked for."""
    return [
        Intent(
            one["order_id"],
            one["intent_id"],
            one["status"],
            one["currency"].upper(),
            one["amount_captured"],
            one["amount_refunded"],
            one["captures"],
        )
        for one in await _get(system, "psp", "/books")
    ]


async def read_labels(system: System) -> list[Label]:
    """Every parcel that the carrier was asked to take."""
    return [
        Label(one["order_id"], one["shipment_id"], one["status"], one["tracking_code"])
        for one in await _get(system, "carrier", "/books")
    ]


async def read_mails(system: System) -> list[Mail]:
    """Every mail that was taken, as often as it was taken."""
    found: dict[str, Mail] = {}  # by the server's own id: a new mail moves the others on a page
    start = 0
    while True:
        page = await _get(system, "postbox", f"/api/v1/messages?limit={PAGE}&start={start}")
        for one in page["messages"]:
            found[one["ID"]] = Mail(order_of(one), one["MessageID"])
        start += PAGE
        if page["count"] < PAGE:
            return list(found.values())


async def _get(system: System, name: str, path: str) -> Any:
    try:
        async with httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False) as client:
            response = await client.get(f"{system.url(name)}{path}")
            response.raise_for_status()
            return response.json()
    except (httpx.HTTPError, ValueError) as error:
        raise CannotAuditError(f"the books of {name} cannot be read: {error!r}") from error
