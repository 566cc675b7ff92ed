"""How a command fails: told in plain words, without a traceback, and by its exit code."""

import sys
from typing import Any

import typer
from retail import RetailFormatError
from rich.console import Console
from rich.text import Text
from stack import SettingsError, StackError
from typer.core import TyperGroup

from orderstream.ending import INTERRUPTED, OUTPUT, print_no_more


class CommandError(RuntimeError):
    """A command cannot do what was asked; the message says why and what to do."""


CONTROLS = {
    number: repr(chr(number))[1:-1]
    for number in (*range(0x20), *range(0x7F, 0xA0))
    if chr(number) not in "\n\t"
}
"""What a terminal would obey instead of showing it: a message repeats what was typed or read."""


def complain(text: str) -> None:
    """Say on the error stream what went wrong: in red on a terminal, unless NO_COLOR is set."""
    shown = Text(text.translate(CONTROLS), style="red")
    Console(stderr=True).print(shown, soft_wrap=True)


WRONG = (RetailFormatError, SettingsError)
"""Something that the user has set or written cannot be used: exit code 2, as for a wrong option."""
EXPECTED = (CommandError, StackError)
"""What may be the case on any machine and at any time: exit code 1."""


def _about_a_file(error: OSError) -> str:
    """Return what the system says of a file or folder, or of the output, which has no name."""
    return f"{error.filename or OUTPUT}: {error.strerror}"


class TellingGroup(TyperGroup):
    """Runs a command; turns the errors that are to be expected into a message and exit code 1 or 2."""

    def main(self, *arguments: Any, **told: Any) -> Any:
        """Run what was typed; whoever has read enough of the output, and left, is told nothing."""
        try:
            return super().main(*arguments, **told)
        except OSError as error:
            complain(_about_a_file(error) if error.strerror else str(error))
            if error.filename is None:
                print_no_more()
            sys.exit(1)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take what was typed, if it is text: nothing here is called otherwise."""
        for one in args:
            if one != one.encode(errors="replace").decode():
                ctx.fail(f"{one!r} is not UTF-8. Type it again, or rename the file.")
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except (*EXPECTED, *WRONG) as error:
            complain(str(error))
            raise typer.Exit(2 if isinstance(error, WRONG) else 1) from error
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None
