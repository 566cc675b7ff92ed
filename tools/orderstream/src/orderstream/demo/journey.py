"""What is known of one purchase while it goes on: the demo's own notes."""

from dataclasses import dataclass
from typing import Literal

from events import OrderStatus

from orderstream.client import Document
from orderstream.demo.plan import Purchase

Answer = Literal["asked", "shipped already", "ended already"]


@dataclass(slots=True)
class Journey:
    """One purchase and how far it has come.

    `answer` is what the gateway said to the customer who cancelled; `trouble` why nobody knows how
    it goes on.
    """

    purchase: Purchase
    order_id: str | None = None
    document: Document | None = None
    answer: Answer | None = None
    trouble: str | None = None
    tries: int = 0

    @property
    def status(self) -> OrderStatus | None:
        """Where the order stands as far as its customer has seen; None while it is not placed."""
        return OrderStatus(self.document["status"]) if self.document else None

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen to the order."""
        return self.status is not None and self.status.is_final

    @property
    def reason(self) -> str | None:
        """Why the order was cancelled, if it was."""
        return self.document.get("reason") if self.document else None
