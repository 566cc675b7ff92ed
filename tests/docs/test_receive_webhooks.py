"""What the page and the gateway's contract say of a webhook is what the notifier sends."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

from events import OrderStatus
from gateway.webhooks.documents import OrderStatusWebhook
from notifier.settings import NotifierApiSettings
from notifier.webhooks.due import LOG_DAYS
from notifier.webhooks.message import Told
from notifier.webhooks.schedule import DELAYS_S, TRIES
from notifier.webhooks.secrets import ROTATION_HOURS
from notifier.webhooks.sending import TRY_S
from testkit.samples import changed

PAGE = (Path(__file__).parents[2] / "docs/how-to/receive-webhooks.md").read_text()
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SENT = json.loads(
    Told(
        changed(
            "shipped",
            previous=OrderStatus.RESERVED,
            tracking_code="T1",
            placed_at=NOON,
            changed_at=NOON,
        ),
        4,
    ).body
)


def test_what_is_sent_is_what_the_contract_says() -> None:
    webhook = OrderStatusWebhook.model_validate(SENT)
    assert webhook.model_dump(mode="json") == SENT


def test_the_page_shows_what_is_sent() -> None:
    (shown,) = re.findall(r'^\{"type".*?^ .*?\}\}$', PAGE, re.MULTILINE | re.DOTALL)
    example = json.loads(shown)
    assert list(example) == list(SENT)
    assert list(example["data"]) == list(SENT["data"])


def test_the_page_names_the_limits() -> None:
    words = " ".join(PAGE.split())
    units = ((3600, "h"), (60, "min"), (1, "s"))
    delays = [next(f"{d // size} {unit}" for size, unit in units if d >= size) for d in DELAYS_S]
    assert f"{', '.join(delays[:-1])} and {delays[-1]}" in words
    assert TRIES == 9
    assert "After nine failed tries" in words
    assert f"within {TRY_S:g} seconds" in words
    assert f"For {ROTATION_HOURS} hours" in words
    assert f"for {LOG_DAYS} days" in words
    assert NotifierApiSettings.model_fields["max_webhooks"].default == 5
    assert "up to five subscriptions" in words
