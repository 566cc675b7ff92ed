"""Reading the books of the outside world: the payment provider's, the carrier's, the mail server's."""

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import httpx
from client.http import open_http

from audit.records import Intent, Label, Mail
from audit.target import CannotAuditError, Target

PAGE = 1000
ANSWER_TIMEOUT_S = 60.0
ORDER_ID = re.compile(r"ord_[0-9a-f]{32}")


async def read_intents(target: Target) -> AsyncIterator[Intent]:
    """Yield every payment that the provider was asked for."""
    async for one in _items("psp", f"{target.psp}/books"):
        yield Intent(
            one["order_id"],
            one["intent_id"],
            one["status"],
            one["currency"].upper(),
            one["amount_captured"],
            one["amount_refunded"],
            one["captures"],
        )


async def read_labels(target: Target) -> AsyncIterator[Label]:
    """Yield every parcel that the carrier was asked to take."""
    async for one in _items("carrier", f"{target.carrier}/books"):
        yield Label(one["order_id"], one["shipment_id"], one["status"], one["tracking_code"])


async def read_mails(target: Target) -> AsyncIterator[Mail]:
    """Yield every mail that was taken, as often as it was taken."""
    found: set[str] = set()  # by the server's own id: a new mail moves the others on a page
    start = 0
    while True:
        page = await _get(
            "postbox", f"{target.mail_server}/api/v1/messages?limit={PAGE}&start={start}"
        )
        for one in page["messages"]:
            if one["ID"] not in found:
                found.add(one["ID"])
                yield Mail(order_of(one), one["MessageID"])
        start += PAGE
        if page["count"] < PAGE:
            return


def order_of(mail: Mapping[str, Any]) -> str:
    """Give the order that a mail is about, by its Message-ID; empty if it is about none."""
    found = ORDER_ID.match(str(mail["MessageID"]))
    return found[0] if found else ""


def about(order_id: str) -> str:
    """Give what Mailpit's search, which our mail server speaks too, finds an order's mails by."""
    return f"message-id:{order_id}"


def _cannot_be_read(name: str, error: Exception) -> CannotAuditError:
    return CannotAuditError(f"the books of {name} cannot be read: {error!r}")


async def _get(name: str, url: str) -> Any:
    try:
        async with open_http(timeout=ANSWER_TIMEOUT_S) as client:
            response = await client.get(url)
            response.raise_for_status()
            return response.json()
    except (httpx.HTTPError, ValueError) as error:
        raise _cannot_be_read(name, error) from error


async def _items(name: str, url: str) -> AsyncIterator[Any]:
    """Give the items of a JSON list as they come, so that the whole of it is nowhere."""
    items = Items()
    try:
        async with open_http(timeout=ANSWER_TIMEOUT_S) as client, client.stream("GET", url) as sent:
            sent.raise_for_status()
            async for text in sent.aiter_text():
                for item in items.feed(text):
                    yield item
        items.end()
    except (httpx.HTTPError, ValueError) as error:
        raise _cannot_be_read(name, error) from error


class Items:
    """Takes the text of a JSON list of objects piece by piece, and gives each object that is whole."""

    def __init__(self) -> None:
        self._rest, self._is_open = "", False
        self._decoder = json.JSONDecoder()

    def feed(self, text: str) -> Iterator[Any]:
        """Take a piece; an object that is not whole waits for the next one."""
        self._rest += text
        if not self._is_open:
            self._open()
        at = 0
        while (at := self._next(at)) < len(self._rest) and self._rest[at] == "{":
            try:
                item, at = self._decoder.raw_decode(self._rest, at)
            except ValueError:
                break
            yield item
        self._rest = self._rest[at:]

    def end(self) -> None:
        """Make sure that the list has ended.

        Raises:
            ValueError: it was cut short, or is no list of objects.
        """
        if not self._is_open or self._rest.strip() != "]":
            raise ValueError(f"no list of JSON objects: {self._rest[:100]!r}")

    def _open(self) -> None:
        begun = self._rest.lstrip()
        self._is_open = begun.startswith("[")
        self._rest = begun[1:] if self._is_open else begun

    def _next(self, at: int) -> int:
        while at < len(self._rest) and self._rest[at] in " \t\r\n,":
            at += 1
        return at
