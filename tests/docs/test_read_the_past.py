"""What the page on reading the past shows is what the commands print for such an order."""

import io
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from orderstream.explaining.facts import OrderFacts, Standing, Unhandled
from orderstream.explaining.words import explain
from orderstream.replay_check.report import Difference, Report, show_report
from rich.console import Console

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "read-the-past.md").read_text()
EXPLAINED, REPORTED = re.findall(r"^```text\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
ORDER = "ord_019ca94da4007ed2b3c1a5f86d0e9b42"


@pytest.fixture(autouse=True)
def named_as_installed(monkeypatch):
    monkeypatch.setattr("orderstream.explaining.words.program", lambda: "orderstream")


def test_the_explanation_on_the_page():
    placed = datetime(2026, 3, 1, 14).astimezone()
    facts = OrderFacts(
        order_id=ORDER,
        now=placed + timedelta(seconds=8),
        placed_at=placed,
        deadline=placed + timedelta(seconds=300),
        standing=Standing(
            status="authorized",
            reason=None,
            since=placed + timedelta(seconds=1),
            payment="authorized",
            stock=None,
            shipment=None,
            stopping=False,
            overdue=False,
            cancellation_refused=False,
            tracking_code=None,
            final_at=None,
        ),
        unhandled=[
            Unhandled(
                "inventory", "PaymentAuthorized", "payment", placed + timedelta(seconds=5), before=0
            )
        ],
        unwell={"inventory-worker": "does not answer"},
    )
    assert "\n".join(explain(facts)) == EXPLAINED.strip()


def test_the_report_on_the_page():
    report = Report(
        identical=5310,
        in_flight=["ord_1", "ord_2"],
        too_old=[],
        differences=[Difference(ORDER, "payment", "voided", "captured")],
        before=0,
        failures=(),
        held_since=None,
    )
    console = Console(width=120, record=True, file=io.StringIO())
    show_report(report, console)
    shown = [line.rstrip() for line in console.export_text().splitlines() if line.strip()]
    assert shown == [line for line in REPORTED.splitlines() if line.strip()]
