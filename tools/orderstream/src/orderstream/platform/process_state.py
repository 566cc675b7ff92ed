"""What the supervisor knows of a process that it has been told to run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProcessState:
    """What the supervisor knows of one process; `started_at` in seconds since the epoch.

    `state` is one of RUNNING, STARTING, BACKOFF, STOPPING, STOPPED, EXITED, FATAL, UNKNOWN. One that
    is `failing` dies soon after each start, or cannot start for want of something.
    """

    name: str
    state: str
    pid: int | None
    started_at: float | None
    restarts: int
    message: str
    failing: bool = False
