"""The page on answers has every row of the tables that answers are sorted by, and no other."""

import re
from http import HTTPStatus
from pathlib import Path

from messaging import Sort
from messaging.commands.sorting import BY_STATUS
from payment.provider_answers import HOLDING, SETTLING
from shipping.carrier_answers import BOOKING, CANCELLING

PAGE = Path(__file__).parents[2] / "docs" / "answers.md"
TABLES = {
    "provider, to hold": HOLDING,
    "provider, to take or let go": SETTLING,
    "carrier, to take": BOOKING,
    "carrier, to give back": CANCELLING,
}


def test_the_page_has_every_row():
    shown = re.search("<!-- sorted -->\n(.*)<!-- end -->", PAGE.read_text(), re.DOTALL)
    assert shown is not None
    rows = shown.group(1).splitlines()[2:]
    statuses = ", ".join(str(int(status)) for status in sorted(BY_STATUS))
    assert set(BY_STATUS.values()) == {Sort.TRY_AGAIN}
    assert rows[0] == f"| anybody | {statuses} | any | try again |"
    assert rows[4:] == [
        f"| {asked} | {status} | {f'`{code}`' if code else 'any'} | {sort} |"
        for asked, table in TABLES.items()
        for (status, code), sort in sorted(table.items())
    ]
    assert HTTPStatus.OK not in BY_STATUS
