"""Loading and saving a batch's rows, one statement per table however many rows there are."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Generic, TypeVar, get_args, get_type_hints

from pydantic import TypeAdapter
from servicekit import Connection
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql

R = TypeVar("R")
Convert = Callable[[Any], Any]


def _same(value: Any) -> Any:
    return value


class Rows(Generic[R]):
    """The rows of one table as dataclass instances, in batches.

    The dataclass has a field for every column that it reads and writes. Columns of type JSONB hold
    the field's value as JSON; a field that is a `StrEnum` is text in its column.
    """

    def __init__(self, row_type: type[R], table: Table) -> None:
        self._row_type = row_type
        names = [field.name for field in fields(row_type)]  # type: ignore[arg-type]
        self._key = table.primary_key.columns.values()[0].name
        types = {name: _sql_type(table, name) for name in names}
        self._write, self._read = _converters(row_type, table, names)
        key, selected = self._key, ", ".join(f'"{name}"' for name in names)
        arrays = ", ".join(f"${i}::{types[name]}[]" for i, name in enumerate(names, 1))
        changed = ", ".join(f'"{name}" = new."{name}"' for name in names if name != key)
        self._create = (
            f'INSERT INTO {table.name} ("{key}") SELECT unnest($1::{types[key]}[])'  # names come from our own table definitions
            " ON CONFLICT DO NOTHING"
        )
        self._lock = (
            f'SELECT {selected} FROM {table.name} WHERE "{key}" = ANY($1::{types[key]}[])'  # noqa: S608  # as above
            f' ORDER BY "{key}" FOR UPDATE'
        )
        self._update = (
            f"UPDATE {table.name} AS old SET {changed}"  # noqa: S608  # as above
            f' FROM unnest({arrays}) AS new({selected}) WHERE old."{key}" = new."{key}"'
        )

    async def create_and_lock(self, connection: Connection, keys: Sequence[str]) -> dict[str, R]:
        """Lock the rows of these keys, making blank ones where there are none yet.

        `FOR UPDATE` alone locks no row that does not exist, so that two instances could both
        create it and one would lose what it noted. `keys` come sorted: every instance takes its
        locks in the same order.
        """
        await connection.execute(self._create, keys)
        return await self.lock(connection, keys)

    async def lock(self, connection: Connection, keys: Sequence[str]) -> dict[str, R]:
        """Lock the rows of these keys, as far as they exist, in the order of their keys."""
        found = {}
        for row in await connection.fetch(self._lock, keys):
            values = [convert(value) for convert, value in zip(self._read, row, strict=True)]
            found[row[self._key]] = self._row_type(*values)
        return found

    async def update(self, connection: Connection, rows: Iterable[R]) -> None:
        """Write back all rows in one statement."""
        columns: list[list[Any]] = [[] for _ in self._write]
        for row in rows:
            for column, (name, convert) in zip(columns, self._write, strict=True):
                column.append(convert(getattr(row, name)))
        if columns[0]:
            await connection.execute(self._update, *columns)


def _sql_type(table: Table, name: str) -> str:
    return table.c[name].type.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]


def _converters(
    row_type: type[Any], table: Table, names: Sequence[str]
) -> tuple[list[tuple[str, Convert]], list[Convert]]:
    """Return how each field becomes a column's value, and how it is read back."""
    hints = get_type_hints(row_type)
    write: list[tuple[str, Convert]] = []
    read: list[Convert] = []
    for name in names:
        hint = _without_none(hints[name])
        if isinstance(table.c[name].type, postgresql.JSONB):
            adapter: TypeAdapter[Any] = TypeAdapter(hints[name])
            write.append((name, _json_writer(adapter)))
            read.append(_json_reader(adapter))
        elif isinstance(hint, type) and issubclass(hint, StrEnum):
            write.append((name, _same))
            read.append(_enum_reader(hint))
        else:
            write.append((name, _same))
            read.append(_same)
    return write, read


def _without_none(hint: Any) -> Any:
    """Return `X` for a field that is `X | None`."""
    members = [member for member in get_args(hint) if member is not NoneType]
    return members[0] if isinstance(hint, UnionType) and len(members) == 1 else hint


def _enum_reader(enum: type[StrEnum]) -> Convert:
    return lambda text: None if text is None else enum(text)


def _json_writer(adapter: TypeAdapter[Any]) -> Convert:
    return lambda value: None if value is None else adapter.dump_json(value).decode()


def _json_reader(adapter: TypeAdapter[Any]) -> Convert:
    return lambda text: None if text is None else adapter.validate_json(text)
