"""Reads a file's bytes as a table: its encoding, its header, its records and their line numbers."""

import csv
import errno
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path

from retail.errors import RetailFormatError

COLUMNS = (
    "InvoiceNo", "StockCode", "Description", "Quantity",
    "InvoiceDate", "UnitPrice", "CustomerID", "Country",
)  # fmt: skip

GZIP = b"\x1f\x8b"
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
BYTES_MAX = 1_000_000_000
"""Twenty times the whole data set."""

Record = tuple[int, dict[str, str]]
"""A line number (1 is the header) and the values of that line by column name."""


def read_file(path: Path) -> bytes:
    """Return the bytes of a file, out of its gzip if it is one.

    Raises:
        RetailFormatError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            content = _bounded(file)
        return _unpacked(content) if content.startswith(GZIP) else content
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise RetailFormatError(f"a gzip that cannot be opened: {error}", file=str(path)) from None
    except FileNotFoundError:
        raise RetailFormatError("there is no such file; check the path", file=str(path)) from None
    except OSError as error:
        raise RetailFormatError(f"cannot be read: {error.strerror}", file=str(path)) from error


def is_packed(path: Path) -> bool:
    """Return whether a file is a gzip."""
    with path.open("rb") as file:
        return file.read(len(GZIP)) == GZIP


def lists_products(content: bytes) -> bool:
    """Return whether a file is one of products, as JSON, and not one of orders."""
    return content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def _unpacked(content: bytes) -> bytes:
    with gzip.open(io.BytesIO(content)) as file:
        return _bounded(file)


def _bounded(file: io.BufferedIOBase) -> bytes:
    """Return all of a file, up to a bound: a gzip may be endless, as a device is."""
    content = file.read(BYTES_MAX + 1)
    if len(content) > BYTES_MAX:
        raise OSError(errno.EFBIG, f"it holds more than {BYTES_MAX:,} bytes")
    return content


def records(content: bytes, file: str) -> Iterator[Record]:
    """Yield every row of a file that has the eight columns, in any order; blank lines are skipped."""
    if lists_products(content):
        raise RetailFormatError("it lists products; orders are rows of CSV", file=file)
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
    if len(names) == 1 and (sign := next((one for one in SEPARATORS if one in names[0]), None)):
        problem = f"the columns are separated by {SEPARATORS[sign]}; save it with commas"
        raise RetailFormatError(problem, file=file, line=line)
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
