"""Tables of the documentation, made from the code that they describe."""

from collections.abc import Iterable, Mapping

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from simkit.settings import ServerSettings


def markdown_table(rows: Iterable[Mapping[str, str]]) -> str:
    """Write rows with the same columns as a Markdown table; the first column is code."""
    written = list(rows)
    columns = list(written[0])
    lines = ["| " + " | ".join(columns) + " |", "| " + " | ".join("---" for _ in columns) + " |"]
    for row in written:
        first, *others = (row[column] for column in columns)
        lines.append("| " + " | ".join([f"`{first}`", *others]) + " |")
    return "\n".join(lines) + "\n"


def switches_table(model: type[BaseModel]) -> str:
    """Write the switches of a simulator as a Markdown table."""
    return markdown_table(
        {"switch": name, "what it does": str(field.description)}
        for name, field in model.model_fields.items()
    )


def settings_table(model: type[ServerSettings]) -> str:
    """Write a simulator's settings, with their defaults, as a Markdown table."""
    return markdown_table(
        {
            "setting": name.upper(),
            "default": "(required)" if field.default is PydanticUndefined else f"`{field.default}`",
            "meaning": str(field.description),
        }
        for name, field in model.model_fields.items()
    )
