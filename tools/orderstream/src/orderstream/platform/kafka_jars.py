"""Fetches Apache Kafka's jars from Maven Central, once per user, into the user's cache."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

KAFKA_VERSION = "4.1.1"
GROUP = "org.apache.kafka"
# Kafka logs through slf4j and leaves the choice of a binding to its distribution.
ARTIFACTS = (f"{GROUP}:kafka_2.13:{KAFKA_VERSION}", "org.slf4j:slf4j-simple:1.7.36")
# Without its own dependencies, which bring web servers; the broker has all that we run.
TOOLS = "kafka-tools"
DOWNLOADS_AT_ONCE = 8
TIMEOUT_SECONDS = 60


class KafkaDownloadError(RuntimeError):
    """The jars could not be fetched."""


def jar_folder() -> Path:
    """Where the jars lie when they have been fetched; outside any clone, so that all share them."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    fingerprint = hashlib.sha256(" ".join((*ARTIFACTS, TOOLS)).encode()).hexdigest()[:6]
    return cache / "orderstream" / f"kafka-{KAFKA_VERSION}-{fingerprint}"


def download_jars() -> None:
    """Fetch the jars (45 MB) unless they are there.

    Raises:
        KafkaDownloadError: with the last line of what the download said.
    """
    target = jar_folder()
    target.parent.mkdir(parents=True, exist_ok=True)
    with (target.parent / "download.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if target.exists():
            return
        # A process of its own: jgo sets up logging, warnings and colours to its own liking.
        result = subprocess.run(
            [sys.executable, "-m", "orderstream.platform.kafka_jars", str(target)],
            capture_output=True,
            text=True,
            check=False,
        )
    if result.returncode != 0:
        said = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise KafkaDownloadError(
            f"cannot download Apache Kafka from Maven Central: {said}. "
            "Check the connection to the Internet or the proxy settings, then try again."
        )


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
