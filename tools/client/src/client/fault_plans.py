"""Fault plans, as an operator attaches them to orders that are still to be placed."""

from dataclasses import dataclass

import httpx

from client.asking import Requests
from client.refusals import Document, RefusedError

ADDRESS = "/admin/fault-plans"
NOT_FOUND = 404


class FaultPlansOffError(Exception):
    """This system lets no order fail by plan."""


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """One of the plans that the system knows: what it does, and how its order must end."""

    name: str
    does: str
    ends: str


class FaultPlans:
    """The gateway's fault plans."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def known(self) -> list[FaultPlan]:
        """Return every plan that there is.

        Raises:
            FaultPlansOffError: the system takes none.
            NoAnswerError: there was no usable answer.
        """
        document = (await self._ask("GET", ADDRESS)).json()
        return [FaultPlan(**plan) for plan in document["plans"]]

    async def attach(self, key: str, plan: str) -> None:
        """Let the order that will be placed with this idempotency key fail by plan.

        Raises:
            FaultPlansOffError: the system takes none.
            RefusedError: there is no such plan, or the order has been placed.
            NoAnswerError: it may be attached or not.
        """
        await self._ask("PUT", f"{ADDRESS}/{key}", {"plan": plan})

    async def _ask(self, method: str, path: str, body: Document | None = None) -> httpx.Response:
        try:
            response, _ = await self._requests.ask(method, path, None, body=body)
        except RefusedError as error:
            if error.status == NOT_FOUND:
                raise FaultPlansOffError from None
            raise
        return response
