"""The gateway's client: for the commands, the demo and the tests of the whole system."""

from client.fault_plans import FaultPlan, FaultPlansOffError
from client.gateway import GatewayClient, Placed, open_gateway
from client.open_loop import open_loop, steadily
from client.refusals import (
    Document,
    Ledger,
    LedgerEntry,
    NoAnswerError,
    NotEndedError,
    RefusedError,
)
from client.requests import Recipient, order_body, recipient_of

__all__ = [
    "Document",
    "FaultPlan",
    "FaultPlansOffError",
    "GatewayClient",
    "Ledger",
    "LedgerEntry",
    "NoAnswerError",
    "NotEndedError",
    "Placed",
    "Recipient",
    "RefusedError",
    "open_gateway",
    "open_loop",
    "order_body",
    "recipient_of",
    "steadily",
]
