"""How long topics keep a record, as their brokers are configured: how late it may be read again."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from math import inf

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

ASKED = ("cleanup.policy", "retention.ms", "segment.ms")
DELETED_WITHIN_MS = 10 * 60 * 1000
"""A broker looks every five minutes for files that are too old, and deletes them a minute later."""
AS_GOOD_AS_FOR_EVER = timedelta(days=1000 * 365)


async def kept_for(
    bootstrap: str, topics: Collection[str], *, request_timeout_ms: int
) -> timedelta | None:
    """Return the longest time that any of these topics keeps a record; None if one never deletes.

    Raises:
        KafkaError: the broker does not say.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=request_timeout_ms)
    try:
        await admin.start()
        wanted = [
            ConfigResource(ConfigResourceType.TOPIC, name, dict.fromkeys(ASKED)) for name in topics
        ]
        answers = await admin.describe_configs(wanted)
    finally:
        await admin.close()
    told = [resource for answer in answers for resource in answer.resources]
    for code, message, *_ in told:
        if code:
            raise for_code(code)(message)
    configurations = ({name: value for name, value, *_ in entries} for *_, entries in told)
    longest_ms = max(map(longest_of, configurations), default=0.0)
    if longest_ms > AS_GOOD_AS_FOR_EVER / timedelta(milliseconds=1):
        return None
    return timedelta(milliseconds=longest_ms)


def longest_of(configuration: Mapping[str, str]) -> float:
    """Return the milliseconds that a topic with this configuration keeps a record at most.

    What is old is removed by whole files, so the first record of a file waits for its last one.
    """
    retention_ms, segment_ms = (int(configuration[name]) for name in ASKED[1:])
    if retention_ms < 0 or "delete" not in configuration["cleanup.policy"]:
        return inf
    return retention_ms + segment_ms + DELETED_WITHIN_MS
