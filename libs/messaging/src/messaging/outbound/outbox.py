"""The outbox: what a service says is a row of its own database first."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import asyncpg
from events import Envelope, Record, encode
from servicekit import Connection

INSERT = """
    INSERT INTO outbox (topic, key, value, headers)
    SELECT * FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::text[])
    RETURNING position
"""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A record with its place in the outbox."""

    position: int
    record: Record


async def write_outbox(connection: Connection, records: Sequence[Record]) -> list[OutboxRow]:
    """Add records within the caller's transaction; hand the result to the relay after its commit."""
    if not records:
        return []
    rows = await connection.fetch(
        INSERT,
        [record.topic for record in records],
        [record.key for record in records],
        [record.value for record in records],
        [dump_headers(record.headers) for record in records],
    )
    return [OutboxRow(row[0], record) for row, record in zip(rows, records, strict=True)]


def records_of(envelopes: Sequence[Envelope]) -> list[Record]:
    """Return the records of these events."""
    return [encode(envelope) for envelope in envelopes]


def read_row(row: asyncpg.Record) -> OutboxRow:
    """Rebuild a record from its row."""
    record = Record(row["topic"], row["key"], row["value"], load_headers(row["headers"]))
    return OutboxRow(row["position"], record)


def dump_headers(headers: Iterable[tuple[str, bytes | None]]) -> str:
    """Write headers as JSON pairs; bytes that are no UTF-8 survive by way of surrogates."""
    return json.dumps(
        [
            [name, None if value is None else value.decode("utf-8", "surrogateescape")]
            for name, value in headers
        ]
    )


def load_headers(text: str) -> list[tuple[str, bytes | None]]:
    """Read headers back from `dump_headers`; only a stranger's record has one without value."""
    return [
        (name, None if value is None else value.encode("utf-8", "surrogateescape"))
        for name, value in json.loads(text)
    ]
