"""How the command line fails: an expected error is told in plain words, without a stack."""

import gc
from typing import Any

import typer
from typer.core import TyperGroup

from orderstream.platform import (
    AlreadyUpError,
    CannotScaleError,
    ChangeUnderWayError,
    NotUpError,
    PortInUseError,
    SettingsError,
    StepFailedError,
    SupervisorError,
)
from orderstream.platform.kafka_jars import KafkaDownloadError
from orderstream.platform.kafka_storage import KafkaFormatError
from orderstream.platform.postgres import InitdbError
from orderstream.platform.topics import TopicCreationError

INTERRUPTED = 130  # what a shell reports for a program ended by Ctrl-C


class CommandError(RuntimeError):
    """A command cannot do what was asked; the message says why and what to do."""


EXPECTED = (
    CommandError,
    AlreadyUpError,
    CannotScaleError,
    ChangeUnderWayError,
    NotUpError,
    PortInUseError,
    SettingsError,
    StepFailedError,
    SupervisorError,
    KafkaFormatError,
    KafkaDownloadError,
    InitdbError,
    TopicCreationError,
)


class TellingGroup(TyperGroup):
    """Runs a command; turns the errors that are to be expected into a message and exit code 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        gc.freeze()  # what is loaded by now stays: a command need not search it for garbage at its end
        try:
            return super().invoke(ctx)
        except EXPECTED as error:
            typer.secho(str(error), fg=typer.colors.RED, err=True)
            raise typer.Exit(1) from error
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None
