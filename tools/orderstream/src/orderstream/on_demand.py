"""Commands that are loaded when they are called: to list them, it is enough to read their files.

All of them together import every client library there is, which takes seconds; the one that is called
needs some of them.
"""

import ast
import gc
from collections.abc import Callable
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

FUNCTION = "run"
"""What a command's module calls the function that is the command."""


@cache
def says_of_itself(module: str) -> str:
    """Read what a command says of itself, without loading it."""
    found = find_spec(module)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(module)
    for node in ast.parse(Path(found.origin).read_bytes()).body:
        if isinstance(node, ast.FunctionDef) and node.name == FUNCTION:
            return ast.get_docstring(node) or ""
    raise AttributeError(f"{module} has no function {FUNCTION}")


def unwrapped(text: str) -> str:
    """Leave the breaking of a paragraph's lines to the terminal: those in the source are of its width."""
    return "\n\n".join(one.replace("\n", " ") for one in text.split("\n\n"))


def only_command(app: typer.Typer) -> TyperCommand | TyperGroup:
    """Return the one command or group that was added to this application."""
    (command,) = typer.main.get_group(app).commands.values()
    _unwrap(command)
    return command  # type: ignore[return-value]  # Typer makes nothing else


def _unwrap(command: Any) -> None:
    command.help = unwrapped(command.help or "")
    for nested in getattr(command, "commands", {}).values():
        _unwrap(nested)


class Announced(TyperCommand):
    """A command that can be listed, and that is loaded when it is called."""

    def __init__(
        self, name: str, load: Callable[[], TyperCommand | TyperGroup], **shown: Any
    ) -> None:
        super().__init__(name, **shown)
        self._load = load

    @cached_property
    def loaded(self) -> TyperCommand | TyperGroup:
        """The command itself, with its options."""
        gc.disable()  # nothing of what is loaded is ever garbage
        try:
            return self._load()
        finally:
            gc.freeze()
            gc.enable()

    def make_context(
        self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        """Read the arguments, as the command itself does; what is no number is within no bounds."""
        context = self.loaded.make_context(info_name, args, parent, **extra)
        for name, value in context.params.items():
            if any(one != one for one in (value if isinstance(value, list) else [value])):  # noqa: PLR0124
                context.fail(f"--{name} has to be a number.")
        return context
