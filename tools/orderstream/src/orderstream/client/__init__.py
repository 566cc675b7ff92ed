"""The gateway's client: for the commands, the demo and the tests of the whole system."""

from orderstream.client.fault_plans import FaultPlan, FaultPlansOffError
from orderstream.client.gateway import GatewayClient, Placed
from orderstream.client.ledger import Ledger
from orderstream.client.opening import open_gateway
from orderstream.client.people import Recipient, recipient_of
from orderstream.client.refusals import Document, NoAnswerError, NotEndedError, RefusedError
from orderstream.client.requests import order_body

__all__ = [
    "Document",
    "FaultPlan",
    "FaultPlansOffError",
    "GatewayClient",
    "Ledger",
    "NoAnswerError",
    "NotEndedError",
    "Placed",
    "Recipient",
    "RefusedError",
    "open_gateway",
    "order_body",
    "recipient_of",
]
