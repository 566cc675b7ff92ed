"""The rules that must always hold, one file each: pure functions from the books to their breaches."""

from orderstream.audit.rules import (
    acceptance,
    deliveries,
    endings,
    history,
    ledger,
    messages,
    money,
    parcels,
    sequences,
    stock,
    stuck,
)

RULES = (
    acceptance.RULE,
    ledger.RULE,
    endings.RULE,
    stuck.RULE,
    money.RULE,
    stock.RULE,
    parcels.RULE,
    sequences.RULE,
    history.RULE,
    messages.RULE,
    deliveries.RULE,
)
