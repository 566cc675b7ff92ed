"""A process that cannot start says why in one line and ends with exit code 2: each, for each reason."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from events import topics_of
from servicekit import migrations
from stack import DATABASES, create_topics
from stack.resetting import delete_topics
from testkit.forked import Program
from testkit.ports import free_port
from testkit.stores.choosing import folder
from testkit.stores.looping import in_own_loop
from testkit.stores.spare import spare_kafka
from testkit.waiting import TIMEOUT_S, blocking_until

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
NOWHERE = "127.0.0.1:1"
WORKERS = [f"{name} worker" for name in ("order", "payment", "inventory", "shipping", "notifier")]
APIS = [f"{name} api" for name in ("gateway", "order", "payment", "inventory", "notifier")]
KEEPING = [*WORKERS, *APIS]
COUNTING = "analytics worker"
SIMULATORS = ("psp", "carrier", "issuer", "postbox", "subscriber")
GONE = ("inventory-updated", "order-status-changed")
KEY = "a" * 43 + "="
NO_SECRET = {
    "gateway api": "SEALING_KEY",
    "shipping worker": "SEALING_KEY",
    "notifier worker": "SEALING_KEY",
    "notifier api": "SEALING_KEY",
    "payment api": "WEBHOOK_SECRET",
}
MALFORMED = [
    *((command, "DATABASE_URL", "localhost") for command in KEEPING),
    (COUNTING, "KAFKA_BOOTSTRAP", "kafka"),
    ("order worker", "KAFKA_BOOTSTRAP", "kafka"),
    ("payment worker", "PROVIDER_URL", "psp:18101"),
    ("shipping worker", "CARRIER_URL", "carrier:18102"),
    ("gateway api", "JWKS_URL", "issuer"),
    ("gateway api", "ORDER_API_URLS", "http://order:1,order-2"),
    ("gateway api", "INVENTORY_API_URLS", "inventory"),
    ("gateway api", "NOTIFIER_API_URLS", "notifier"),
    ("gateway api", "INVENTORY_GRPC_URLS", "http://inventory"),
    ("gateway api", "HEALTH_URLS", "http://order/readyz"),
]
Refusal = Callable[..., str]


@pytest.fixture(scope="module")
def databases(postgres: Callable[[], str]) -> dict[str, str]:
    """A migrated database for each service."""
    urls = {service: postgres() for service in DATABASES}
    for service, url in urls.items():
        migrations.upgrade(service, url)
    return urls


@pytest.fixture(scope="module")
def kafka_without_some() -> Iterator[str]:
    """A broker that lacks two topics, and that no other test uses meanwhile."""
    with spare_kafka(folder()) as settings:
        in_own_loop(delete_topics(settings, GONE))
        yield settings.kafka_bootstrap
        in_own_loop(create_topics(settings))


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody has."""
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        yield somebody.getsockname()[1]


@pytest.fixture
def environment_of(
    kafka: str, databases: dict[str, str], tmp_path: Path
) -> Callable[..., dict[str, str]]:
    """The environment of `python -m COMMAND`, with all it needs but for some changes."""

    def environment(command: str, **changes: str | None) -> dict[str, str]:
        all_it_needs: dict[str, str | None] = {
            "PATH": os.environ["PATH"],
            "START_WAIT_S": "0",
            "KAFKA_BOOTSTRAP": kafka,
            "DATABASE_URL": databases.get(command.partition(" ")[0]),
            "HTTP_PORT": str(free_port()),
            "GRPC_PORT": str(free_port()),
            "DATA_DIR": str(tmp_path),
            "SEALING_KEY": KEY,
            "WEBHOOK_SECRET": f"whsec_{KEY}",
            "ORDER_API_URLS": f"http://{NOWHERE}",
            "INVENTORY_API_URLS": f"http://{NOWHERE}",
            "JWKS_URL": f"http://{NOWHERE}",
            **changes,
        }
        return {name: value for name, value in all_it_needs.items() if value is not None}

    return environment


@pytest.fixture
def refusal(environment_of: Callable[..., dict[str, str]], tmp_path: Path) -> Refusal:
    """Start a process that cannot start; gives what it complains of."""
    output, errors = tmp_path / "output", tmp_path / "errors"

    def start(command: str, **changes: str | None) -> str:
        program = Program(command.split(), environment_of(command, **changes), output, errors)
        try:
            code = program.wait(TIMEOUT_S)
        finally:
            program.send_signal(signal.SIGKILL)
        return only_error_line(code, output.read_text(), errors.read_text())

    return start


@pytest.fixture
def process(
    environment_of: Callable[..., dict[str, str]],
) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start `python -m COMMAND` in an interpreter of its own; ended with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(command: str, **changes: str | None) -> subprocess.Popen[str]:
        one = subprocess.Popen(
            [sys.executable, "-m", *command.split()],
            env=environment_of(command, **changes),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(one)
        return one

    yield start
    for one in started:
        one.kill()
        one.communicate()


def only_error_line(code: int, output: str, errors: str) -> str:
    assert code == 2, output + errors
    assert "Traceback" not in output
    (line,) = errors.splitlines()
    return line


@pytest.mark.parametrize("command", NO_SECRET)
def test_a_secret_is_missing(refusal: Refusal, command: str) -> None:
    name = NO_SECRET[command]
    assert refusal(command, **{name: None}) == f"wrong setting {name}: Field required"


@pytest.mark.parametrize(("command", "setting", "value"), MALFORMED)
def test_an_address_is_malformed(refusal: Refusal, command: str, setting: str, value: str) -> None:
    message = refusal(command, **{setting: value})
    assert message.startswith(f"wrong setting {setting}: expected ")


@pytest.mark.parametrize(
    ("command", "setting", "value"),
    [
        ("notifier worker", "WEBHOOK_PRIVATE_TARGETS", "perhaps"),
        ("notifier api", "MAX_WEBHOOKS", "-1"),
    ],
)
def test_a_choice_is_none_of_those_that_there_are(
    refusal: Refusal, command: str, setting: str, value: str
) -> None:
    message = refusal(command, **{setting: value})
    assert message.startswith(f"wrong setting {setting}: Input should be ")


@pytest.mark.parametrize("command", KEEPING)
def test_a_migration_is_missing(
    refusal: Refusal, postgres: Callable[[], str], command: str
) -> None:
    message = refusal(command, DATABASE_URL=postgres())
    service = command.partition(" ")[0]
    assert message.startswith(f"python -m {service}: the database at 127.0.0.1:")
    assert message.endswith(f": run python -m {service} migrate")


@pytest.mark.parametrize(
    "command", [*KEEPING, *(f"{service} migrate" for service in sorted(DATABASES))]
)
def test_the_database_is_away(refusal: Refusal, command: str) -> None:
    message = refusal(command, DATABASE_URL=f"postgresql://shop:hunter2@{NOWHERE}/shop")
    service = command.partition(" ")[0]
    assert message.startswith(f"python -m {service}: no database at {NOWHERE}/shop after 0 s: ")
    assert "hunter2" not in message


@pytest.mark.parametrize("command", [*WORKERS, COUNTING])
def test_the_broker_is_away(refusal: Refusal, command: str) -> None:
    message = refusal(command, KAFKA_BOOTSTRAP=NOWHERE)
    service = command.partition(" ")[0]
    assert message.startswith(f"python -m {service}: no broker at {NOWHERE}: ")


@pytest.mark.parametrize("command", [*WORKERS, COUNTING, "gateway api"])
def test_a_topic_is_missing(refusal: Refusal, kafka_without_some: str, command: str) -> None:
    service = command.partition(" ")[0]
    missing = sorted({topic.name for topic in topics_of(service)} & set(GONE))
    named = f"topics {', '.join(missing)} are" if missing[1:] else f"topic {missing[0]} is"
    them = "them" if missing[1:] else "it"
    assert refusal(command, KAFKA_BOOTSTRAP=kafka_without_some) == (
        f"python -m {service}: {named} not on the broker at {kafka_without_some}: "
        f"create {them} with orderstream prepare"
    )


@pytest.mark.parametrize("command", [*KEEPING, COUNTING, *SIMULATORS])
def test_the_port_is_taken(refusal: Refusal, taken: int, command: str) -> None:
    message = refusal(command, HTTP_PORT=str(taken))
    assert f"cannot listen on 127.0.0.1:{taken}" in message
    assert "HTTP_PORT" in message


def test_the_port_of_grpc_is_taken(refusal: Refusal, taken: int) -> None:
    message = refusal("inventory api", GRPC_PORT=str(taken))
    assert f"cannot listen on 127.0.0.1:{taken}" in message
    assert "GRPC_PORT" in message


@pytest.mark.parametrize("name", SIMULATORS)
def test_a_simulator_is_given_nonsense(refusal: Refusal, name: str) -> None:
    assert refusal(name, HTTP_PORT="x").startswith(f"{name}: bad settings: HTTP_PORT='x': ")


def test_the_receiver_of_webhooks_is_malformed(refusal: Refusal) -> None:
    assert "WEBHOOK_URL" in refusal("psp", WEBHOOK_URL="payment-api")


@pytest.mark.parametrize("command", ["gateway api", COUNTING, "psp"])
def test_the_folder_of_secrets_is_not_there(refusal: Refusal, tmp_path: Path, command: str) -> None:
    missing = str(tmp_path / "mistyped")
    message = refusal(command, SECRETS_DIR=missing)
    assert "SECRETS_DIR" in message
    assert missing in message


@pytest.mark.parametrize("command", ["order worker", COUNTING, "gateway api", "psp"])
def test_an_interpreter_of_its_own_refuses_alike(
    process: Callable[..., subprocess.Popen[str]], refusal: Refusal, taken: int, command: str
) -> None:
    one = process(command, HTTP_PORT=str(taken))
    output, errors = one.communicate(timeout=TIMEOUT_S)
    alone = only_error_line(one.returncode, output, errors)
    assert alone == refusal(command, HTTP_PORT=str(taken))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("command", ["order worker", COUNTING, "order api", "gateway api"])
def test_a_process_that_waits_can_be_stopped(
    environment_of: Callable[..., dict[str, str]],
    tmp_path: Path,
    command: str,
    number: signal.Signals,
) -> None:
    output, errors = tmp_path / "output", tmp_path / "errors"
    away = {"DATABASE_URL": f"postgresql://shop:hunter2@{NOWHERE}/shop", "KAFKA_BOOTSTRAP": NOWHERE}
    environment = environment_of(command, START_WAIT_S=str(TIMEOUT_S), **away)
    waiting = Program(command.split(), environment, output, errors)
    try:
        blocking_until("it waits", lambda: output.exists() and "waiting_for_" in output.read_text())
        waiting.send_signal(number)
        assert waiting.wait(TIMEOUT_S) == 128 + number
    finally:
        waiting.send_signal(signal.SIGKILL)
    assert "stopped_before_ready" in output.read_text()
    assert errors.read_text() == ""
