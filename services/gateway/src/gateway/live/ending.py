"""How a stream ends, and how its reader is told."""

from dataclasses import dataclass

from gateway.problems.kinds.catalogue import KINDS
from gateway.problems.problem import ProblemError

REASON_BYTES = 123
"""What a close frame has room for (RFC 6455, section 5.5)."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a stream ended: a close code of WebSockets (RFC 6455, section 7.4), which SSE uses too."""

    code: int
    reason: str


DONE = Ending(1000, "There is nothing more to tell.")
GOING_AWAY = Ending(1001, "The gateway stops; come again, and go on from the last message.")
POSITION_UNKNOWN = Ending(4400, "There is no message at the position asked for.")
TOKEN_EXPIRED = Ending(4401, "The token has expired; come again with a new one.")
TOO_SLOW = Ending(4408, "You read too slowly; come again, and go on from the last message.")

_BY_STATUS = {400: 4400, 401: 4401, 403: 4403, 404: 4404, 422: 4400, 429: 1013, 503: 1013}
_FAILED = 1011


class StreamEndedError(Exception):
    """There is nothing more to come from a stream."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.reason)
        self.ending = ending


def ending_for(problem: ProblemError) -> Ending:
    """How a stream ends for a reader who is refused."""
    code = _BY_STATUS.get(KINDS[problem.code].status, _FAILED)
    reason = f"{problem.code}: {problem.detail}".encode()[:REASON_BYTES]
    return Ending(code, reason.decode(errors="ignore"))
