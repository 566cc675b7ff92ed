"""How a command fails or is interrupted: told in plain words, without a stack, and stopped in order."""

import asyncio
import gc
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

import typer
from retail import RetailFormatError
from rich.console import Console
from rich.text import Text
from stack import (
    AlreadyUpError,
    CannotScaleError,
    ChangeUnderWayError,
    NotUpError,
    PortInUseError,
    SettingsError,
    StepFailedError,
    SupervisorError,
)
from stack.kafka import KafkaFormatError
from stack.kafka_install import KafkaDownloadError
from stack.postgres import InitdbError
from stack.system import UnreadableRecordError
from stack.topics import TopicCreationError
from typer.core import TyperGroup

INTERRUPTED = 130  # what a shell reports for a program ended by Ctrl-C


class CommandError(RuntimeError):
    """A command cannot do what was asked; the message says why and what to do."""


def complain(text: str) -> None:
    """Say on the error stream what went wrong: in red on a terminal, unless NO_COLOR is set."""
    Console(stderr=True).print(Text(text, style="red"), soft_wrap=True)


WRONG = (RetailFormatError, SettingsError)
"""Something that the user has set or written cannot be used: exit code 2, as for a wrong option."""
EXPECTED = (
    CommandError,
    AlreadyUpError,
    CannotScaleError,
    ChangeUnderWayError,
    NotUpError,
    PortInUseError,
    StepFailedError,
    SupervisorError,
    UnreadableRecordError,
    KafkaFormatError,
    KafkaDownloadError,
    InitdbError,
    TopicCreationError,
)


class TellingGroup(TyperGroup):
    """Runs a command; turns the errors that are to be expected into a message and exit code 1 or 2."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        gc.freeze()  # what is loaded by now stays: a command need not search it for garbage at its end
        try:
            return super().invoke(ctx)
        except (*EXPECTED, *WRONG) as error:
            complain(str(error))
            raise typer.Exit(2 if isinstance(error, WRONG) else 1) from error
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None


T = TypeVar("T")
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def run_interruptibly(work: Coroutine[Any, Any, T], console: Console) -> T:
    """Run to the end; an interrupt cancels the work, whose clean-up is then waited for.

    Raises:
        KeyboardInterrupt: it was interrupted.
    """
    return asyncio.run(_run(work, console))


async def _run(work: Coroutine[Any, Any, T], console: Console) -> T:
    task = asyncio.create_task(work)
    interrupted = False

    def interrupt() -> None:
        nonlocal interrupted
        if interrupted:
            console.print("Still stopping …")
            return
        interrupted = True
        console.print("\nInterrupted: stopping …")
        task.cancel()

    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, interrupt)
    try:
        return await task
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
