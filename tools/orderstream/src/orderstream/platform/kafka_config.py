"""The configuration of each Kafka broker, and where it and the broker's data lie."""

from pathlib import Path

from orderstream.platform.folders import Folders
from orderstream.platform.process import broker_name, nth_port
from orderstream.platform.settings import Settings

NAMES = tuple(broker_name(number) for number in (1, 2, 3))


def properties(settings: Settings, number: int) -> str:
    """One broker's configuration: small tables, no topic by accident.

    Of three brokers each keeps everything, and two must have a record before it is acknowledged. A
    broker that was killed may come back when the session of its former self has run out: a short
    session is a short outage.
    """
    count = settings.brokers
    broker = f"127.0.0.1:{nth_port(settings.kafka_port, number)}"
    return f"""\
process.roles=broker,controller
node.id={number}
controller.quorum.voters={",".join(f"{n}@{_controller(settings, n)}" for n in numbers(settings))}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://{broker},CONTROLLER://{_controller(settings, number)}
advertised.listeners=PLAINTEXT://{broker}
log.dirs={data_folder(settings, number)}
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


def config_file(settings: Settings, number: int) -> Path:
    """Where a broker's configuration is written."""
    return Folders(settings.state_dir).kafka(NAMES[number - 1]) / "server.properties"


def data_folder(settings: Settings, number: int) -> Path:
    """Where a broker keeps its records."""
    return Folders(settings.state_dir).kafka(NAMES[number - 1]) / "data"


def numbers(settings: Settings) -> range:
    """The brokers count from one."""
    return range(1, settings.brokers + 1)


def _insync(settings: Settings) -> int:
    return 1 if settings.brokers == 1 else 2


def _controller(settings: Settings, number: int) -> str:
    return f"127.0.0.1:{nth_port(settings.kafka_controller_port, number)}"
