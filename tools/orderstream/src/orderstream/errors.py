"""How a command fails: told in plain words, without a stack, and with an exit code that says whose fault it is."""

from typing import Any

import typer
from retail import RetailFormatError
from rich.console import Console
from rich.text import Text
from stack import SettingsError, StackError
from typer.core import TyperGroup

INTERRUPTED = 130  # what a shell reports for a program ended by Ctrl-C


class CommandError(RuntimeError):
    """A command cannot do what was asked; the message says why and what to do."""


def complain(text: str) -> None:
    """Say on the error stream what went wrong: in red on a terminal, unless NO_COLOR is set."""
    Console(stderr=True).print(Text(text, style="red"), soft_wrap=True)


WRONG = (RetailFormatError, SettingsError)
"""Something that the user has set or written cannot be used: exit code 2, as for a wrong option."""
EXPECTED = (CommandError, StackError)
"""What may be the case on any machine and at any time: exit code 1."""


class TellingGroup(TyperGroup):
    """Runs a command; turns the errors that are to be expected into a message and exit code 1 or 2."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except (*EXPECTED, *WRONG) as error:
            complain(str(error))
            raise typer.Exit(2 if isinstance(error, WRONG) else 1) from error
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None
