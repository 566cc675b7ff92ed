"""How long each service remembers what it heard: as long as its topics may say it again."""

from datetime import timedelta

from aiokafka.errors import KafkaError
from reading import kept_for
from servicekit.broker import REQUEST_TIMEOUT_MS

from orderstream.audit.failure import CannotAuditError
from orderstream.audit.heard import HEARD


async def read_remembered(bootstrap: str) -> dict[str, timedelta]:
    """The least time that each service's inbox remembers; who is not named forgets nothing.

    Raises:
        CannotAuditError: the broker does not say how long it keeps records.
    """
    try:
        found = {
            service: await kept_for(
                bootstrap,
                {event.topic.name for event in events},
                request_timeout_ms=REQUEST_TIMEOUT_MS,
            )
            for service, events in HEARD.items()
        }
    except (KafkaError, OSError) as error:
        raise CannotAuditError(f"Kafka does not answer: {error}") from error
    return {service: kept for service, kept in found.items() if kept is not None}
