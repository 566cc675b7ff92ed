"""Shows the steps of a start as they happen: a line each, with the time it took."""

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Self

from rich.console import Console
from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn
from rich.text import Text

from stack.errors import StackError
from stack.folders import last_lines

LINES = 15


class StepFailedError(StackError):
    """A step of the start failed; nothing is left running."""

    def __init__(self, step: str, reason: str, log: Path | None = None) -> None:
        parts = [f"{step}: {reason}"]
        if log is not None:
            parts += [f"The last lines of {log}:"]
            parts += [f"  {line}" for line in last_lines(log, LINES)] or ["  (it is empty)"]
        super().__init__("\n".join(parts))
        self.step, self.reason, self.log = step, reason, log


Outcome = Literal["done", "failed", "interrupted"]


class Steps:
    """Shows nothing; for tests and libraries. Steps may run at the same time."""

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Surround a step; when it raises it has failed, when cancelled it was interrupted."""
        started = time.monotonic()
        self.begun(title)
        try:
            yield
        except asyncio.CancelledError:
            self.ended(title, time.monotonic() - started, "interrupted")
            raise
        except BaseException:
            self.ended(title, time.monotonic() - started, "failed")
            raise
        self.ended(title, time.monotonic() - started, "done")

    def begun(self, title: str) -> None:
        """Show that a step begins."""

    def ended(self, title: str, seconds: float, outcome: Outcome) -> None:
        """Show that a step is over."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End the display."""


class PlainSteps(Steps):
    """A line of text when a step is done; for pipes and CI logs."""

    def ended(self, title: str, seconds: float, outcome: Outcome) -> None:
        """Say what was done and how long it took."""
        sys.stdout.write(f"{outcome}: {title} ({seconds:.1f} s)\n")
        sys.stdout.flush()


class TerminalSteps(Steps):
    """Live lines with spinners."""

    def __init__(self, console: Console) -> None:
        columns = (SpinnerColumn(finished_text="[green]✓"), TextColumn("{task.description}"))
        self._progress = Progress(*columns, _Seconds(), console=console)
        self._tasks: dict[str, TaskID] = {}

    def begun(self, title: str) -> None:
        """Show the step with a spinner."""
        self._tasks[title] = self._progress.add_task(title, total=1)

    def ended(self, title: str, seconds: float, outcome: Outcome) -> None:  # noqa: ARG002  # the column counts itself
        """Tick the step off, or mark it."""
        mark = title if outcome == "done" else f"[red]{title}: {outcome}[/]"
        self._progress.update(self._tasks[title], completed=1, description=mark)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()


class _Seconds(ProgressColumn):
    """Time taken, with a tenth of a second."""

    def render(self, task: Task) -> Text:
        elapsed = task.finished_time if task.finished else task.elapsed
        return Text(f"{elapsed or 0:.1f} s", style="dim")


def steps_for(console: Console) -> Steps:
    """Return what fits the console: live lines on a terminal, plain lines elsewhere."""
    return TerminalSteps(console) if console.is_terminal else PlainSteps()
