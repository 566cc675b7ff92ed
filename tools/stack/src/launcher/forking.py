"""Starts `python -m MODULE` by a fork of a process that has loaded the libraries.

An interpreter with the libraries of a service takes one to two seconds of a core to start, a fork a
hundredth of that, and forks share the memory of what was loaded. What runs is the same: its own
arguments, environment, signals and exit code. Once a file of what was loaded of ours has changed, programs
are executed instead: a process that is started again runs what the files say then.

`python -m launcher.forking MODULE...` loads these, runs the programs that it reads from its input to their
end, all at once, and says how each has ended.
"""

import atexit
import gc
import json
import os
import runpy
import shlex
import signal
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from setproctitle import getproctitle, setproctitle

PROGRAMS = frozenset(
    {
        "gateway",
        "order",
        "payment",
        "inventory",
        "shipping",
        "notifier",
        "analytics",
        "psp",
        "carrier",
        "issuer",
        "postbox",
        "subscriber",
        "traces",
    }
)
"""The modules that are started so: those that use what is loaded."""
LIBRARIES = (
    "aiokafka",
    "asyncpg",
    "cryptography.hazmat.primitives.ciphers.aead",
    "fastapi",
    "faust.app",
    "faust.tables.table",
    "faust.transport.drivers.aiokafka",
    "grpc.aio",
    "hishel",
    "httpx",
    "joserfc.jwt",
    "limits.aio",
    "pydantic_settings",
    "redis.asyncio",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.ext.asyncio",
    "structlog",
    "uvicorn.protocols.http.httptools_impl",
    "uvloop",
)
OURS = (
    "messaging.runtime.worker",
    "rpc",
    "servicekit.api",
    "servicekit.commandline",
    "servicekit.database_api",
    "servicekit.http_client",
    "simkit",
)
"""Both with all that they import. What is not installed is passed over."""
READ_AT_THE_START = (
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONSTARTUP",
    "PYTHONWARNINGS",
    "PYTHONHASHSEED",
)
"""What only an interpreter of its own obeys, unless this one was told the same."""
IGNORED = (signal.SIGPIPE, signal.SIGXFSZ)
"""The signals that Python ignores from the start."""


def can_fork(argv: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Return whether a fork is the same as a start of this program."""
    is_ours = list(argv[:2]) == [sys.executable, "-m"] and argv[2] in PROGRAMS
    needs_its_own = any(
        environment.get(name) and environment[name] != os.environ.get(name)
        for name in READ_AT_THE_START
    )
    return is_ours and not needs_its_own and not _has_changed(load())


@cache
def load() -> Mapping[Path, int]:
    """Load what the programs use, once; nothing of it is ever garbage.

    Gives the files of ours that were read, and when each was changed.
    """
    getproctitle()  # it finds the place of the title as long as the environment is where it began
    gc.disable()
    for name in (*LIBRARIES, *OURS):
        with suppress(ImportError):
            import_module(name)
    gc.freeze()
    gc.enable()
    ours = {name.partition(".")[0] for name in OURS} | {"events", "reading"}
    modules = [one for name, one in sys.modules.items() if name.partition(".")[0] in ours]
    files = (Path(one.__file__) for one in modules if one.__file__)
    return {file: file.stat().st_mtime_ns for file in files}


def _has_changed(files: Mapping[Path, int]) -> bool:
    """Return whether a file is not what it was when it was read."""
    try:
        return any(file.stat().st_mtime_ns != changed for file, changed in files.items())
    except OSError:
        return True


def become(argv: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Be this program, in a process that was forked for it, until the process ends."""
    _forget_signals()
    setproctitle(shlex.join(("python", *argv[1:])))
    atexit._clear()  # noqa: SLF001  # what the daemon has registered is not the program's
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = list(argv[2:])
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(write_through=True)  # type: ignore[union-attr]  # always a TextIOWrapper
    code = _run(argv[2])
    # As the interpreter ends, and multiprocessing its children.
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001
    atexit._run_exitfuncs()  # noqa: SLF001
    _flush()
    os._exit(code)


def _flush() -> None:
    """Print what was written below the text: bytes, which wait for the end of the process."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()


def _run(module: str) -> int:
    """Run a module as the interpreter does; its exit code."""
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        sys.stderr.write(f"{end.code}\n")
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _forget_signals() -> None:
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        with suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)
    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass(frozen=True, slots=True)
class Run:
    """A program with its arguments, everything that it is told, and the file that its output goes to."""

    argv: Sequence[str]
    environment: Mapping[str, str]
    log: str


def command(*loaded: str) -> tuple[str, ...]:
    """Return what loads these modules and runs the programs; `as_input` is what it has to be given."""
    return (sys.executable, "-m", "launcher.forking", *loaded)


def as_input(runs: Sequence[Run]) -> bytes:
    """Return the runs as the command reads them."""
    return json.dumps([asdict(run) for run in runs]).encode()


def codes_in(output: bytes) -> list[int]:
    """Return how each run has ended, in the order of the runs: exit codes, negative for a signal."""
    codes: list[int] = json.loads(output)
    return codes


def _start(run: Run) -> int:
    pid = os.fork()
    if pid == 0:
        _become(run)
    return pid


def _become(run: Run) -> NoReturn:
    output = os.open(run.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, theirs in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(ours, theirs)
    become(run.argv, run.environment)


def _main() -> None:
    runs = [Run(**one) for one in json.load(sys.stdin)]
    for module in sys.argv[1:]:
        import_module(module)
    pids = [_start(run) for run in runs]
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
    sys.stdout.write(json.dumps(codes))


if __name__ == "__main__":
    os.chdir("/")
    _main()
