"""What is promised of live streams and of the tickets for them."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from gateway.contract.operation import Answer, operation


class TicketRequest(BaseModel):
    """Which stream is to be opened: its path, without a query."""

    model_config = ConfigDict(extra="forbid", strict=True)

    path: str = Field(max_length=200)


class TicketDocument(BaseModel):
    """A ticket; `url` is the stream's path with the ticket in its query."""

    ticket: str
    expires_at: datetime
    url: str


_EVENTS = """\
retry: 1000

id: 1
event: order-status-changed
data: {"order_id":"ord_0193654bd1c87c6e8a0f4a1b2c3d4e5f","sequence":1,"status":"accepted",\
"reason":null,"tracking_code":null,"changed_at":"2026-11-25T12:00:00.042000Z"}

event: closed
data: {"code": 4401, "reason": "The token has expired; come again with a new one."}

"""

FOLLOW_ORDER = operation(
    Answer(
        status=200,
        says="The order's changes, then `closed` with a code and a reason.",
        media={"text/event-stream": _EVENTS},
    ),
    Answer(status=204, says="The order has ended, and you have its last change."),
    takes=("Last-Event-ID",),
    refuses=(
        "ticket_invalid",
        "position_unknown",
        "order_not_found",
        "database_unavailable",
        "too_many_streams",
    ),
)
ISSUE_TICKET = operation(
    Answer(
        status=201,
        says="The ticket. It opens that stream once, within 30 seconds.",
        model=TicketDocument,
        example="ticket",
    ),
    body=(TicketRequest, "ticket_request"),
    refuses=("invalid_ticket_request", "order_not_found", "database_unavailable"),
)
