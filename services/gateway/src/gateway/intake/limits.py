"""Limits of an order that can end well: its weight, its total, its size as a record.

What other services would not take is refused here, before anything is written or held.
"""

from collections.abc import Sequence

from events import Money, OrderLine, Record
from events.currencies import written
from events.limits import (
    AMOUNT_MAX,
    AMOUNT_MIN,
    GRAMS_PER_UNIT,
    PARCEL_GRAMS_MAX,
    RECORD_BYTES_MAX,
    UNITS_MAX,
)

from gateway.problems.problem import FieldError, ProblemError


def require_one_parcel(lines: Sequence[OrderLine]) -> None:
    """Refuse an order that the carrier would not take as one parcel.

    Raises:
        ProblemError: it is too heavy.
    """
    units = sum(line.quantity for line in lines)
    if units > UNITS_MAX:
        weighs = f"An order goes as one parcel, and this one would weigh {units * GRAMS_PER_UNIT} g"
        most = f"the carrier takes {PARCEL_GRAMS_MAX} g at most"
        raise _refusal(
            "order_too_heavy",
            f"{weighs}; {most}.",
            f"{units} units; {UNITS_MAX} can be sent at once",
        )


def require_chargeable(total: Money) -> None:
    """Refuse an order whose total the payment provider would not charge.

    Raises:
        ProblemError: it costs too much, or nothing.
    """
    costs = f"The order costs {written(total.amount, total.currency)}"
    if total.amount > AMOUNT_MAX:
        most = f"{written(AMOUNT_MAX, total.currency)} can be charged at most"
        raise _refusal("order_too_expensive", f"{costs}; {most}.", "Too much in one order")
    if total.amount < AMOUNT_MIN:
        least = f"{written(AMOUNT_MIN, total.currency)} is the least that can be charged"
        raise _refusal("order_too_cheap", f"{costs}; {least}.", "Too little in one order")


def require_one_record(record: Record) -> None:
    """Refuse an order that does not fit into one record.

    Raises:
        ProblemError: with lines of so long names it is too large.
    """
    size = size_of(record)
    if size > RECORD_BYTES_MAX:
        takes = f"With the names of its products the order takes {size} bytes"
        raise _refusal(
            "order_too_large", f"{takes}; {RECORD_BYTES_MAX} can be told at most.", "Too many lines"
        )


def size_of(record: Record) -> int:
    """Return the bytes of a record: its key, its value, its headers."""
    headers = sum(len(name) + len(value or b"") for name, value in record.headers)
    return len(record.key) + len(record.value) + headers


def _refusal(code: str, detail: str, fault: str) -> ProblemError:
    return ProblemError(code, detail, errors=[FieldError("/lines", f"{fault}.")])
