"""Webhooks, as a customer has them sent to a system of its own."""

from orderstream.client.asking import Requests
from orderstream.client.refusals import Document

ADDRESS = "/v1/webhooks"


class Webhooks:
    """The subscriptions of customers.

    Each method raises `RefusedError` if there is no such subscription or it cannot be had, and
    `NoAnswerError` if nobody could say.
    """

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def add(self, customer: str, url: str) -> Document:
        """Have a customer's system told at this address; the answer has the secret."""
        response, _ = await self._requests.ask("POST", ADDRESS, customer, body={"url": url})
        made: Document = response.json()
        return made

    async def of(self, customer: str) -> list[Document]:
        """All of a customer's, the oldest first."""
        response, _ = await self._requests.ask("GET", ADDRESS, customer)
        found: list[Document] = response.json()["data"]
        return found

    async def rotate(self, customer: str, webhook_id: str) -> Document:
        """Have it signed with a new secret as well; the answer has it."""
        path = f"{ADDRESS}/{webhook_id}/rotate"
        response, _ = await self._requests.ask("POST", path, customer)
        rotated: Document = response.json()
        return rotated

    async def remove(self, customer: str, webhook_id: str) -> None:
        """Have nothing more told there."""
        await self._requests.ask("DELETE", f"{ADDRESS}/{webhook_id}", customer)

    async def deliveries(self, customer: str, webhook_id: str, limit: int) -> list[Document]:
        """What was told there, the newest first."""
        path = f"{ADDRESS}/{webhook_id}/deliveries"
        return [one async for one in self._requests.pages(path, customer, {}, limit)]
