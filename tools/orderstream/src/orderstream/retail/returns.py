"""Which earlier sale a cancellation refers to: the file does not say, the goods do."""

from collections import Counter, defaultdict

from orderstream.retail.invoices import Invoice


class Sales:
    """What every customer bought so far and has not given back yet."""

    def __init__(self) -> None:
        self._by_customer: defaultdict[str, dict[str, Counter[str]]] = defaultdict(dict)

    def sell(self, sale: Invoice) -> None:
        """Remember a sale, for cancellations further down in the file."""
        self._by_customer[sale.customer][sale.number] = Counter(sale.quantities)

    def take_back(self, returned: Invoice) -> tuple[str | None, bool]:
        """Return the number of the sale that goods came from, and whether all of them did.

        It is the customer's sale that holds most of the products in at least that quantity, the latest
        if several do; None when none holds any.
        """
        best, most = None, 0
        for number, kept in self._by_customer[returned.customer].items():
            covered = sum(kept[sku] >= units for sku, units in returned.lines)
            if covered and covered >= most:
                best, most = number, covered
        if best is not None:
            kept = self._by_customer[returned.customer][best]
            kept.subtract({sku: units for sku, units in returned.lines if kept[sku] >= units})
        return best, most == len(returned.lines)
