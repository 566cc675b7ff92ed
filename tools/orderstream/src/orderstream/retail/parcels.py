"""Sales that one order cannot hold become several: an order goes as one parcel, and is paid at once."""

from collections.abc import Iterator, Mapping

from events.limits import AMOUNT_MAX, UNITS_MAX

from orderstream.retail.model import Lines


def parcels(lines: Lines, prices: Mapping[str, int]) -> Iterator[Lines]:
    """Divide lines, in their order, so that each part is as large as an order may be.

    No unit is lost; a line that does not fit goes on in the next part. No price is above the most
    that can be charged.
    """
    part: dict[str, int] = {}
    units_left, money_left = UNITS_MAX, AMOUNT_MAX
    for sku, wanted in lines:
        left = wanted
        while left:
            fitting = min(left, units_left, money_left // prices[sku])
            if not fitting:
                yield tuple(part.items())
                part, units_left, money_left = {}, UNITS_MAX, AMOUNT_MAX
                continue
            part[sku] = fitting
            left -= fitting
            units_left -= fitting
            money_left -= fitting * prices[sku]
    yield tuple(part.items())
