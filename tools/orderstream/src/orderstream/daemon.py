"""The supervisor's daemon, which gives a process that keeps dying more and more time.

supervisord starts a process anew at once that has lived for longer than a second, for ever, and gives
up for good on one that has not. Here whoever lived for long is started at once; whoever dies soon after
each start waits 1 s, 2 s, 4 s and so on, a minute at most, and is never given up. Nothing else is
imported here, for the daemon lives as long as the system.
"""

import time

from supervisor import process, supervisord
from supervisor.states import ProcessStates

STAYS_UP_S = 30
"""Who lives for so long has started well."""
LONGEST_PAUSE_S = 60


def pause_after(deaths: int) -> int:
    """How many seconds to wait before the next start, after so many deaths soon after a start."""
    return min(LONGEST_PAUSE_S, int(2 ** (min(deaths, 10) - 1)))


class PatientSubprocess(process.Subprocess):  # type: ignore[misc]  # supervisor has no types
    """A process as supervisord knows it, with how often in a row it has died soon after its start."""

    deaths = 0

    def change_state(self, new_state: int, expected: bool = True) -> None:  # noqa: FBT001, FBT002
        """Count the deaths; a stop that was asked for is none, and whoever lived for long is forgiven."""
        super().change_state(new_state, expected)
        if new_state == ProcessStates.STOPPED:
            self.deaths = 0
        elif new_state in (ProcessStates.BACKOFF, ProcessStates.EXITED):
            lived = time.time() - self.laststart
            self.deaths = self.deaths + 1 if lived < STAYS_UP_S else 0
        if new_state == ProcessStates.BACKOFF:
            # It takes the seconds for the number of tries, and a longer delay for a clock set back.
            self.backoff = pause_after(self.deaths)
            self.delay = time.time() + self.backoff

    def transition(self) -> None:
        """Let a process that has ended rest before it is started anew."""
        if self.state == ProcessStates.EXITED and time.time() < self._rests_until():
            return
        super().transition()

    def _rests_until(self) -> float:
        return float(self.laststop) + (pause_after(self.deaths) if self.deaths else 0)


if __name__ == "__main__":
    process.Subprocess = PatientSubprocess
    supervisord.main()
