"""The supervisor's daemon, which gives a process that keeps dying more and more time.

supervisord restarts a process at once that has lived for longer than a second, without end, and gives
up for good on one that has not. Here a process that lived for long is restarted at once; one that dies soon
after each start waits 1 s, 2 s, 4 s and so on, a minute at most, and is never given up. A program of ours is
not executed but forked from the daemon, which loads the libraries when the first of them is started. No line
of a log is cut where a new file is begun.
"""

import os
import shlex
import time
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

import psutil
from supervisor import loggers, options, process, supervisord
from supervisor.states import ProcessStates

from launcher import forking

DAEMON = "supervisord"
"""What the daemon is called beside the processes that it starts."""
STAYS_UP_S = 30
"""A process that lives for this long has started well."""
LONGEST_PAUSE_S = 60
TWICE = 2
"""Factor of its size at which a log is cut even within a line that has not ended."""


def pause_after(deaths: int) -> int:
    """Return how many seconds to wait before the next start, after so many deaths soon after a start."""
    return min(LONGEST_PAUSE_S, int(2 ** (min(deaths, 10) - 1)))


def log_start(name: str, pid: int, logger: loggers.Logger) -> None:
    """Log that a process was made just now, with the time since the machine's boot.

    Process ids are used again, and the wall clock may be set meanwhile: the two together tell one process
    from another.
    """
    booted = time.time() - psutil.boot_time()
    logger.info(
        "began: '%(name)s' with pid %(pid)d, %(booted).2f s after boot",
        name=name,
        pid=pid,
        booted=booted,
    )


class CountingSubprocess(process.Subprocess):  # type: ignore[misc]  # supervisor has no types
    """A process as supervisord knows it, with how often in a row it has died soon after its start."""

    deaths = 0

    def spawn(self) -> int | None:
        """Start it; what programs of ours use is loaded before the first fork for one, for all of them."""
        forking.can_fork(shlex.split(self.config.command), self.config.environment or {})
        pid: int | None = super().spawn()
        return pid

    def _spawn_as_parent(self, pid: int) -> int:
        log_start(self.config.name, pid, self.config.options.logger)
        super()._spawn_as_parent(pid)
        return pid

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
        """Let a process that has ended rest before it is restarted."""
        if self.state == ProcessStates.EXITED and time.time() < self._rests_until():
            return
        super().transition()

    def _rests_until(self) -> float:
        return float(self.laststop) + (pause_after(self.deaths) if self.deaths else 0)


class WholeLinesHandler(loggers.RotatingFileHandler):  # type: ignore[misc]  # supervisor has no types
    """A process's log, which begins a new file between two lines.

    What comes at a time is what a read of the pipe has brought: it begins and ends wherever it likes.
    """

    def emit(self, record: loggers.LogRecord) -> None:
        """Write what came; if that fills the file, what is behind the last whole line goes into a new one."""
        if isinstance(record.msg, str):  # a line of the daemon's own log
            super().emit(record)
            return
        lines, end, rest = record.msg.rpartition(b"\n")
        has_to_go_on = not end and self.stream.tell() < TWICE * self.maxBytes
        if has_to_go_on:
            loggers.FileHandler.emit(self, record)
            return
        super().emit(loggers.LogRecord(record.level, lines + end))
        if rest:
            loggers.FileHandler.emit(self, loggers.LogRecord(record.level, rest))


class ForkingOptions(options.ServerOptions):  # type: ignore[misc]  # supervisor has no types
    """Supervisord's options, which start programs: in the child, all but the program itself is done."""

    def execve(self, filename: str, argv: Sequence[str], env: Mapping[str, str]) -> None:
        """Become the program: as a fork where that is the same, else by executing it."""
        if forking.can_fork(argv, env):
            forking.become(argv, env)
        super().execve(filename, argv, env)

    def write_pidfile(self) -> None:
        """Log the start of the daemon itself, and write its id."""
        log_start(DAEMON, os.getpid(), self.logger)
        super().write_pidfile()


def environment_of(written: str) -> dict[str, str]:
    """Return a process's environment, out of the query string as which the configuration has it."""
    return dict(parse_qsl(written, keep_blank_values=True))


if __name__ == "__main__":
    options.dict_of_key_value_pairs = environment_of
    supervisord.ServerOptions = ForkingOptions
    process.Subprocess = CountingSubprocess
    loggers.RotatingFileHandler = WholeLinesHandler
    supervisord.main()
