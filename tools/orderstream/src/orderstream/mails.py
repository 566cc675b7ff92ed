"""What the mail server knows of a mail, as Mailpit tells it: our postbox, or Mailpit itself."""

import re
from collections.abc import Mapping
from typing import Any

ORDER_ID = re.compile(r"ord_[0-9a-f]{32}")


def order_of(mail: Mapping[str, Any]) -> str:
    """The order that a mail is about, by its Message-ID; empty if it is about none."""
    found = ORDER_ID.match(str(mail["MessageID"]))
    return found[0] if found else ""


def about(order_id: str) -> str:
    """What to search for to find the mails about an order."""
    return f"message-id:{order_id}"
