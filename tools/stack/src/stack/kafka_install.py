"""What brokers need on disk: Kafka's jars from Maven Central, and what Java keeps of a broker's start.

The jars are fetched once per user, into the user's cache. The AOT cache belongs to this environment: the
classes of a broker are found, read and linked once, and mapped into memory from then on, so that a start
takes half the time. Source: JEP 514. Java itself sees whether the cache fits, and does without if not.
"""

import fcntl
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

from launcher.environment import passed_on
from servicekit.sentences import sentence

from stack.errors import SettingsError, StackError
from stack.ports import free_ports

TRAINING_S = 120
STARTED_S = 60
POLL_S = 0.1

Java = Callable[[Sequence[str]], Sequence[str]]
"""Makes the command that runs a class with these aot_options before it."""


def aot_cache() -> Path:
    """Return where the aot_cache lies: it belongs to the Java runtime of this environment."""
    return Path(sys.prefix) / f"kafka-{KAFKA_VERSION}.aot"


def aot_options() -> tuple[str, ...]:
    """Return what has Java use the aot_cache, without a word if it is not there or does not fit."""
    return (f"-XX:AOTCache={aot_cache()}", "-Xlog:aot*=off")


def train(java: Java, environment: Mapping[str, str]) -> None:
    """Start a broker once and keep what Java has learnt; nothing happens when that was done before.

    Where it does not succeed, brokers start as they would without.
    """
    with aot_cache().with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if aot_cache().exists():
            return
        with tempfile.TemporaryDirectory(dir=aot_cache().parent) as folder:
            made = Path(folder) / "made.aot"
            with suppress(OSError, subprocess.TimeoutExpired):
                _run_a_broker(java, environment, Path(folder), made)
            if made.exists():
                made.rename(aot_cache())


def _run_a_broker(java: Java, environment: Mapping[str, str], folder: Path, made: Path) -> None:
    config = folder / "server.properties"
    ports = free_ports()
    port = ports["kafka_port"]
    config.write_text(_properties(folder, port, ports["kafka_controller_port"]))
    formatting = ("kafka.tools.StorageTool", "format", "--cluster-id=AAAAAAAAAAAAAAAAAAAAAA")
    subprocess.run(
        [*java(()), *formatting, "-c", str(config)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        check=False,
    )
    learning = java((f"-XX:AOTCacheOutput={made}",))
    with subprocess.Popen(
        [*learning, "kafka.Kafka", str(config)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    ) as broker:
        try:
            _wait_until_open(port, broker)
            broker.terminate()
            broker.wait(TRAINING_S)
        finally:
            broker.kill()


def _wait_until_open(port: int, broker: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + STARTED_S
    while broker.poll() is None and time.monotonic() < deadline:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(POLL_S)


def _properties(folder: Path, port: int, controller: int) -> str:
    return f"""\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
log.dirs={folder / "data"}
"""


KAFKA_VERSION = "4.1.1"
GROUP = "org.apache.kafka"
# Kafka logs through slf4j and leaves the choice of a binding to its distribution.
ARTIFACTS = (f"{GROUP}:kafka_2.13:{KAFKA_VERSION}", "org.slf4j:slf4j-simple:1.7.36")
# Without its own dependencies, which bring web servers; the broker has all that we run.
TOOLS = "kafka-tools"
DOWNLOADS_AT_ONCE = 8
TIMEOUT_SECONDS = 60
CACHE = "XDG_CACHE_HOME"
"""The user's cache, as the XDG base directory specification has it."""


class KafkaDownloadError(StackError):
    """The jars could not be fetched."""


def jar_folder() -> Path:
    """Return where the jars lie when they have been fetched; outside any clone, so that all share them."""
    named = Path(os.environ.get(CACHE, ""))
    cache = named if named.is_absolute() else Path.home() / ".cache"  # XDG: no other is to be used
    fingerprint = hashlib.sha256(" ".join((*ARTIFACTS, TOOLS)).encode()).hexdigest()[:6]
    return cache / "orderstream" / f"kafka-{KAFKA_VERSION}-{fingerprint}"


def download_jars() -> None:
    """Fetch the jars (45 MB) unless they are there.

    Raises:
        KafkaDownloadError: with the last line of what the download said.
        SettingsError: the cache cannot be written, or not be read by Java.
    """
    target = jar_folder()
    if os.pathsep in str(target):
        raise SettingsError(
            f"{_cache(target)} cannot be used: Java takes {os.pathsep!r} for an end"
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = (target.parent / "download.lock").open("w")
    except OSError as error:
        raise SettingsError(f"{_cache(target)} cannot be written: {error.strerror}") from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if target.exists():
            return
        # A process of its own: jgo sets up logging, warnings and colours to its own liking.
        result = subprocess.run(
            [sys.executable, "-m", "stack.kafka_install", str(target)],
            capture_output=True,
            text=True,
            check=False,
            env=passed_on(),
        )
    if result.returncode != 0:
        said = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise KafkaDownloadError(
            f"cannot download Apache Kafka from Maven Central: {sentence(said)} "
            "Check the connection to the Internet or the proxy settings, then try again."
        )


def _cache(target: Path) -> str:
    return f"the cache {target.parent}, which {CACHE}=/PATH would put elsewhere,"


def _fetch(target: Path) -> None:
    import jgo  # noqa: PLC0415  # heavy, and needed only for a download

    artifacts = jgo.resolve("+".join(ARTIFACTS))
    maven = artifacts[0].context
    maven.timeout = TIMEOUT_SECONDS
    artifacts.append(maven.project(GROUP, TOOLS).at_version(KAFKA_VERSION).artifact())
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        lib = Path(folder) / "lib"
        lib.mkdir()
        with ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
            for jar in pool.map(lambda artifact: artifact.resolve(), artifacts):
                shutil.copyfile(jar, lib / jar.name)
        lib.rename(target)  # in one move, so that the folder is complete whenever it exists


if __name__ == "__main__":
    _fetch(Path(sys.argv[1]))
