"""What the processes of the system cost, children included, and what the machine can do at best."""

import asyncio
import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
from stack import Settings, System, create_database, run_kafka_tool
from stack.postgres import installation


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds used so far and resident bytes now."""

    cpu_s: float
    rss: int


async def read_costs(system: System) -> dict[str, Cost]:
    """The cost of every process, by its name; the measuring process itself is `load`."""
    costs = {"load": _cost_of(psutil.Process())}
    for name, state in system.states().items():
        if state.pid:
            costs[name] = _cost_of(psutil.Process(state.pid), children=True)
    return costs


def spent_ms_per_order(
    before: Mapping[str, Cost], after: Mapping[str, Cost], orders: int
) -> dict[str, float]:
    """CPU milliseconds per order of each process."""
    return {
        name: (after[name].cpu_s - cost.cpu_s) * 1000 / orders
        for name, cost in before.items()
        if name in after and orders
    }


def _cost_of(process: psutil.Process, *, children: bool = False) -> Cost:
    family = [process, *(process.children(recursive=True) if children else [])]
    cpu_s, rss = 0.0, 0
    for member in family:
        try:
            times = member.cpu_times()
            # A child that has ended counts with its parent: PostgreSQL has one per connection.
            cpu_s += times.user + times.system
            if children:
                cpu_s += times.children_user + times.children_system
            rss += getattr(member.memory_full_info(), "pss", 0) or member.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return Cost(cpu_s, rss)


SECONDS = 5
CLIENTS = 8
RECORDS = 100_000
RECORD_BYTES = 1200

SCHEMA = """
    CREATE TABLE inbox (event_id uuid PRIMARY KEY, handled_at timestamptz NOT NULL DEFAULT now());
    CREATE TABLE payments (order_id text PRIMARY KEY, version int NOT NULL DEFAULT 0,
        status text NOT NULL DEFAULT 'unknown', lines jsonb NOT NULL DEFAULT '[]');
    CREATE TABLE outbox (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, topic text,
        key bytea, value bytea, headers text, created_at timestamptz NOT NULL DEFAULT now());
"""
# One event handled: what a service's batch transaction does, for a batch of one.
ONE_EVENT = r"""
\set n random(1, 1000000000)
BEGIN;
INSERT INTO inbox (event_id) SELECT unnest(ARRAY[uuidv7()]) ON CONFLICT DO NOTHING;
INSERT INTO payments (order_id) VALUES ('ord_' || :n) ON CONFLICT DO NOTHING;
SELECT * FROM payments WHERE order_id = ANY(ARRAY['ord_' || :n]) ORDER BY order_id FOR UPDATE;
UPDATE payments SET version = version + 1, status = 'pending' WHERE order_id = 'ord_' || :n;
INSERT INTO outbox (topic, key, value, headers)
    VALUES ('payment-processed', 'key', convert_to(repeat('x', 900), 'UTF8'), repeat('h', 300));
COMMIT;
"""


async def events_per_second_of_postgres(settings: Settings) -> float:
    """Transactions a second of pgbench that each handle one event, with eight clients."""
    url = await create_database(settings, "bench")
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "one_event.sql"
        script.write_text(ONE_EVENT)
        tools = installation() / "bin"
        await _run(str(tools / "psql"), url, "-q", "-c", SCHEMA)
        arguments = ("-n", "-f", str(script), "-c", str(CLIENTS), "-T", str(SECONDS), url)
        told = await _run(str(tools / "pgbench"), *arguments)
    return _number(r"tps = ([\d.]+)", told)


async def records_per_second_of_kafka(settings: Settings, topic: str) -> float:
    """Records a second of Kafka's producer test, as durable as the relay's and as large."""
    arguments = (
        "--topic",
        topic,
        "--num-records",
        str(RECORDS),
        "--record-size",
        str(RECORD_BYTES),
        "--throughput",
        "-1",
        "--producer-props",
        f"bootstrap.servers={settings.kafka_bootstrap}",
        "acks=all",
        "enable.idempotence=true",
    )
    done = await asyncio.to_thread(
        run_kafka_tool, "org.apache.kafka.tools.ProducerPerformance", *arguments
    )
    return _number(rf"{RECORDS} records sent, ([\d.]+) records/sec", done.stdout)


async def _run(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed: {output.decode()[-500:]}")
    return output.decode()


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    if found is None:
        raise RuntimeError(f"no figure found in: {text[-500:]}")
    return float(found[1])
