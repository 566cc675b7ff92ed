"""What is promised of the dashboard's stream."""

from gateway.contract.operation import Answer, operation

_EVENTS = """\
retry: 1000

event: snapshot
data: {"type":"snapshot","at":"2026-11-25T12:00:00Z","windows":[],"last_minute":{},"services":[]}

event: closed
data: {"code": 4401, "reason": "The token has expired; come again with a new one."}

"""

FOLLOW_DASHBOARD = operation(
    Answer(
        status=200,
        says="A `snapshot`, then an `update` a second, at last `closed` with a code and a reason.",
        media={"text/event-stream": _EVENTS},
    ),
    refuses=("ticket_invalid", "database_unavailable", "too_many_streams"),
)
