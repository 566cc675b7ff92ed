"""How a failed start is told: which step, what the log says last, where the log is."""

from pathlib import Path

from orderstream.platform.folders import last_lines

LINES = 15


class StepFailedError(RuntimeError):
    """A step of the start failed; nothing is left running."""

    def __init__(self, step: str, reason: str, log: Path | None = None) -> None:
        parts = [f"{step}: {reason}"]
        if log is not None:
            parts += [f"The last lines of {log}:"]
            parts += [f"  {line}" for line in last_lines(log, LINES)] or ["  (it is empty)"]
        super().__init__("\n".join(parts))
        self.step, self.reason, self.log = step, reason, log
