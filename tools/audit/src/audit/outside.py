"""Reading the books of the outside world: the payment provider's, the carrier's, the mail server's."""

import re
from collections.abc import Mapping
from typing import Any

import httpx
from client.http import open_http

from audit.records import Intent, Label, Mail
from audit.target import CannotAuditError, Target

PAGE = 1000
ANSWER_TIMEOUT_S = 60.0
ORDER_ID = re.compile(r"ord_[0-9a-f]{32}")


async def read_intents(target: Target) -> list[Intent]:
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
        for one in await _get("psp", f"{target.psp}/books")
    ]


async def read_labels(target: Target) -> list[Label]:
    """Every parcel that the carrier was asked to take."""
    return [
        Label(one["order_id"], one["shipment_id"], one["status"], one["tracking_code"])
        for one in await _get("carrier", f"{target.carrier}/books")
    ]


async def read_mails(target: Target) -> list[Mail]:
    """Every mail that was taken, as often as it was taken."""
    found: dict[str, Mail] = {}  # by the server's own id: a new mail moves the others on a page
    start = 0
    while True:
        page = await _get(
            "postbox", f"{target.mail_server}/api/v1/messages?limit={PAGE}&start={start}"
        )
        for one in page["messages"]:
            found[one["ID"]] = Mail(order_of(one), one["MessageID"])
        start += PAGE
        if page["count"] < PAGE:
            return list(found.values())


def order_of(mail: Mapping[str, Any]) -> str:
    """Give the order that a mail is about, by its Message-ID; empty if it is about none."""
    found = ORDER_ID.match(str(mail["MessageID"]))
    return found[0] if found else ""


def about(order_id: str) -> str:
    """Give what Mailpit's search, which our mail server speaks too, finds an order's mails by."""
    return f"message-id:{order_id}"


async def _get(name: str, url: str) -> Any:
    try:
        async with open_http(timeout=ANSWER_TIMEOUT_S) as client:
            response = await client.get(url)
            response.raise_for_status()
            return response.json()
    except (httpx.HTTPError, ValueError) as error:
        raise CannotAuditError(f"the books of {name} cannot be read: {error!r}") from error
