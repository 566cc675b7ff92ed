"""Leads a process to Kafka by other ports: Python imports this first where it finds it on its path.

Brokers name their own addresses, so that telling a process another one is not enough. LED says which
port stands for which: `19092=34567`.
"""

import os

from aiokafka.conn import AIOKafkaConnection

LED = dict(map(int, one.split("=")) for one in os.environ["LED"].split(","))


def _port(connection: AIOKafkaConnection) -> int:
    return LED.get(connection._port, connection._port)


AIOKafkaConnection.port = property(_port)
