"""Reads a file's bytes as a table: its encoding, its header, its records and their line numbers."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from orderstream.retail.errors import RetailFormatError

COLUMNS = (
    "InvoiceNo", "StockCode", "Description", "Quantity",
    "InvoiceDate", "UnitPrice", "CustomerID", "Country",
)  # fmt: skip

Record = tuple[int, dict[str, str]]
"""A line number (1 is the header) and the values of that line by column name."""


def read_file(path: Path) -> bytes:
    """Return the bytes of a file; a file that cannot be read is a RetailFormatError."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise RetailFormatError("there is no such file; check the path", file=str(path)) from None
    except OSError as error:
        raise RetailFormatError(f"cannot be read: {error.strerror}", file=str(path)) from error


def records(content: bytes, file: str) -> Iterator[Record]:
    """Yield every row of a file that has the eight columns, in any order; blank lines are skipped."""
    reader = csv.reader(io.StringIO(_text(content, file), newline=""), strict=True)
    header: list[str] | None = None
    ended = 0
    try:
        for fields in reader:
            line, ended = ended + 1, reader.line_num
            if not fields:
                continue
            if header is None:
                header = _header(fields, file, line)
                continue
            yield line, _by_column(header, fields, file, line)
    except csv.Error as error:
        raise RetailFormatError(
            f"not readable as CSV: {error}", file=file, line=ended + 1
        ) from error
    if header is None:
        raise RetailFormatError("the file is empty", file=file)


def _text(content: bytes, file: str) -> str:
    """Decode as UTF-8, with or without a byte order mark, else as Latin-1, which older exports use."""
    if b"\0" in content:
        raise RetailFormatError("not a text file; save it as CSV in UTF-8", file=file)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _header(fields: list[str], file: str, line: int) -> list[str]:
    names = [field.strip() for field in fields]
    for column in COLUMNS:
        if column not in names:
            found = ", ".join(name[:40] for name in names[: 2 * len(COLUMNS)])
            problem = f"missing from the header; found: {found}"
            raise RetailFormatError(problem, file=file, line=line, column=column)
    for position, name in enumerate(names):
        if name not in COLUMNS or name in names[:position]:
            raise RetailFormatError(
                "not expected here; remove it",
                file=file,
                line=line,
                column=name[:40] or "(no name)",
            )
    return names


def _by_column(header: list[str], fields: list[str], file: str, line: int) -> dict[str, str]:
    if len(fields) != len(header):
        problem = (
            f"{len(fields)} fields instead of {len(header)}; is a text with a comma not quoted?"
        )
        raise RetailFormatError(problem, file=file, line=line)
    return {name: field.strip() for name, field in zip(header, fields, strict=True)}
