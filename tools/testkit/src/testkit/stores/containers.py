"""Kafka and PostgreSQL in containers, by testcontainers: one of each for a whole test run.

The process that conducts the run starts them before any test, because what testcontainers starts
ends with the process that asked for it, and a worker of pytest-xdist may end before the others.
"""

import asyncio
import gc
import json
import warnings
from contextlib import closing, suppress
from pathlib import Path

import docker
import pytest
from docker.errors import DockerException, NotFound
from launcher.environment import PROJECT_ROOT
from stack import (
    Settings,
    create_topics,
    free_ports,
    kafka,
    load,
)
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.container import DockerContainer

from testkit.stores.looping import in_own_loop

KAFKA, POSTGRES = "apache/kafka:4.1.1", "postgres:18"
HERE = "127.0.0.1"
"""No other machine may come in: PostgreSQL trusts everybody, as the one from packages does."""
LIKE_THE_EMBEDDED_ONE = (
    "--encoding=UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8"
)
CONFIGURATION = "/mnt/kafka"
RECORD = "containers.json"
START_S = 90


def begin(folder: Path) -> None:
    """Start both and write down where they listen; without a Docker engine, write down why not."""
    if reason := _no_engine():
        _write(folder, {"missing": reason, "ids": []})
        return
    ports = free_ports()
    at = {name: ports[name] for name in ("kafka_port", "postgres_port")}
    ids: list[str] = []
    for container in (_kafka(at["kafka_port"]), _postgres(at["postgres_port"])):
        ids.append(_started(container))
        _write(folder, {**at, "ids": ids})
    in_own_loop(_make_topics(settings_of("kafka", folder)))


def settings_of(store: str, folder: Path) -> Settings:
    """Return where both listen; skips the test that asks where there is no Docker engine."""
    record = json.loads((folder / RECORD).read_text())
    if reason := record.get("missing"):
        pytest.skip(reason)
    ports = {name: record[name] for name in ("kafka_port", "postgres_port")}
    return load(state_dir=folder / store, platform="compose", **ports)


def end(folder: Path) -> None:
    """Remove the containers, those too that a test run which was killed has left."""
    file = folder / RECORD
    if file.exists() and (ids := json.loads(file.read_text())["ids"]):
        with closing(docker.from_env()) as client:
            for one in ids:
                with suppress(NotFound):
                    client.containers.get(one).remove(force=True, v=True)


def _no_engine() -> str | None:
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        reason = _refusal()
        gc.collect()  # now, and not in some test: the client leaves its socket open
    return reason


def _refusal() -> str | None:
    try:
        with closing(docker.from_env()) as client:
            client.ping()
    except DockerException as error:
        return f"no Docker engine answers: {' '.join(str(error).split())}"
    return None


def _started(container: DockerContainer) -> str:
    """Return the id of a container once what is in it answers.

    Raises:
        pytest.UsageError: there can be no such container, an image that is not to be had, say.
    """
    try:
        container.start()
    except BaseException as error:
        container.stop()
        if isinstance(error, DockerException):
            raise pytest.UsageError(f"no container of {container.image}: {error}") from None
        raise
    container.get_docker_client().client.close()
    return str(container.get_container_id())


async def _make_topics(settings: Settings) -> None:
    """Make the topics as soon as the broker takes part.

    Raises:
        pytest.UsageError: it does not.
    """
    try:
        async with asyncio.timeout(START_S):
            await kafka.wait_ready(settings)
            await create_topics(settings)
    except TimeoutError:
        raise pytest.UsageError(f"Kafka in its container says nothing for {START_S} s") from None


def _write(folder: Path, record: dict[str, object]) -> None:
    (folder / RECORD).write_text(json.dumps(record))


def _kafka(port: int) -> DockerContainer:
    """Return the broker of docker-compose.yml, found by clients at a port of our own."""
    container = DockerContainer(KAFKA).with_envs(
        ADVERTISED=f"{HERE}:{port}", RETENTION_HOURS="168", HEAP="384m"
    )
    container.ports = {"19092/tcp": (HERE, port)}  # type: ignore[dict-item]  # Docker takes both
    container.with_volume_mapping(str(PROJECT_ROOT / "images" / "kafka"), CONFIGURATION)
    return container.with_kwargs(hostname="kafka", entrypoint=["sh", f"{CONFIGURATION}/start.sh"])


def _postgres(port: int) -> PostgresContainer:
    container = PostgresContainer(POSTGRES, username="postgres", dbname="postgres", driver=None)
    container.ports = {"5432/tcp": (HERE, port)}  # type: ignore[dict-item]
    container.with_env("POSTGRES_HOST_AUTH_METHOD", "trust")
    container.with_env("POSTGRES_INITDB_ARGS", LIKE_THE_EMBEDDED_ONE)
    return container.with_command("postgres -c max_connections=200 -c jit=off -c io_method=sync")
