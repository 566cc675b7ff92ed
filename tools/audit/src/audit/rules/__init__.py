"""The rules that must always hold, by what they are about: pure functions from the books to their breaches."""

from audit.rules import acceptance, endings, history, messages, money, parcels, sequences, stock

RULES = (
    acceptance.RULE,
    acceptance.CLIENTS,
    endings.RULE,
    endings.STUCK,
    money.RULE,
    stock.RULE,
    parcels.RULE,
    sequences.RULE,
    history.RULE,
    messages.RULE,
    sequences.DELIVERIES,
)
