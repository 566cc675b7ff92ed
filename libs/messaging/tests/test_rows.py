"""A batch's rows: the SQL that loads and saves them, and every kind of value through it."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import pytest
from events import Money
from messaging import Rows
from sqlalchemy import BigInteger, Boolean, Column, DateTime, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from testkit.locks import waiting_for_locks
from testkit.waiting import until


class Mood(StrEnum):
    GOOD = "good"
    BAD = "bad"


@dataclass(slots=True)
class Parrot:
    name: str
    age: int = 0
    alive: bool = True
    mood: Mood = Mood.GOOD
    worst: Mood | None = None
    price: Money | None = None
    words: tuple[str, ...] = ()
    fed_at: datetime | None = None


parrots = Table(
    "parrots",
    MetaData(),
    Column("name", Text, primary_key=True),
    Column("age", BigInteger, nullable=False, server_default="0"),
    Column("alive", Boolean, nullable=False, server_default="true"),
    Column("mood", Text, nullable=False, server_default="good"),
    Column("worst", Text),
    Column("price", JSONB),
    Column("words", JSONB, nullable=False, server_default="[]"),
    Column("fed_at", DateTime(timezone=True)),
    Column("ring", Uuid),  # of no concern to the code, only to the database
)
PARROTS = Rows(Parrot, parrots)
CREATE = """
    CREATE TABLE parrots (name text PRIMARY KEY, age bigint NOT NULL DEFAULT 0,
        alive boolean NOT NULL DEFAULT true, mood text NOT NULL DEFAULT 'good', worst text,
        price jsonb, words jsonb NOT NULL DEFAULT '[]', fed_at timestamptz, ring uuid)
"""
POLLY = Parrot(
    "Polly", 2**40, False, Mood.BAD, Mood.BAD, Money(amount=5, currency="GBP"),  # noqa: FBT003  # a row
    ("hello", "ünï\"'\\ codé"), datetime(2010, 12, 1, tzinfo=UTC),
)  # fmt: skip


def one_line(sql: str) -> str:
    return " ".join(sql.split())


def test_a_missing_row_is_made_without_touching_those_that_are_there():
    assert one_line(PARROTS._create) == (
        'INSERT INTO parrots ("name") SELECT unnest($1::TEXT[]) ON CONFLICT DO NOTHING'
    )


def test_rows_are_locked_in_the_order_of_their_keys():
    assert one_line(PARROTS._lock).endswith(
        'FROM parrots WHERE "name" = ANY($1::TEXT[]) ORDER BY "name" FOR UPDATE'
    )


def test_all_rows_are_saved_by_one_statement_that_leaves_key_and_foreign_columns_alone():
    sql = one_line(PARROTS._update)
    assert sql.startswith('UPDATE parrots AS old SET "age" = new."age", "alive" = new."alive"')
    assert "$2::BIGINT[]" in sql
    assert "$6::JSONB[]" in sql
    assert "$8::TIMESTAMP WITH TIME ZONE[]" in sql
    assert sql.endswith('WHERE old."name" = new."name"')
    assert "ring" not in sql


@pytest.fixture
async def connection(database):
    async with database.acquire() as one:
        await one.execute(f"DROP TABLE IF EXISTS parrots; {CREATE}")
        yield one
        await one.execute("DROP TABLE parrots")


@pytest.mark.postgres
async def test_every_kind_of_value_comes_back_as_it_was(connection):
    blank = Parrot("Jaco")
    names = [blank.name, POLLY.name]
    async with connection.transaction():
        found = await PARROTS.create_and_lock(connection, names)
        assert found == {"Jaco": blank, "Polly": Parrot("Polly")}
        await PARROTS.update(connection, [POLLY, blank])
    assert await PARROTS.lock(connection, names) == {"Jaco": blank, "Polly": POLLY}


@pytest.mark.postgres
async def test_a_value_may_become_nothing_again(connection):
    await PARROTS.create_and_lock(connection, ["Polly"])
    await PARROTS.update(connection, [POLLY])
    await PARROTS.update(connection, [Parrot("Polly")])
    assert await PARROTS.lock(connection, ["Polly"]) == {"Polly": Parrot("Polly")}
    assert await connection.fetchval("SELECT price IS NULL FROM parrots")


@pytest.mark.postgres
async def test_nothing_to_save_is_no_statement(connection):
    await connection.execute("DROP TABLE parrots")
    await PARROTS.update(connection, [])
    await connection.execute(CREATE)


@pytest.mark.postgres
async def test_a_second_instance_waits_for_a_row_that_the_first_is_just_making(
    connection, database
):
    async def second() -> dict:
        async with database.acquire() as other, other.transaction():
            return await PARROTS.create_and_lock(other, ["Jaco", "Polly"])

    async with connection.transaction():
        await PARROTS.create_and_lock(connection, ["Polly"])
        late = asyncio.create_task(second())
        await until("the second waits", lambda: waiting_for_locks(database))
        await PARROTS.update(connection, [POLLY])
    assert (await late)["Polly"] == POLLY
