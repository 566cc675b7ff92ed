"""How far each service says that it has come."""

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from servicekit.broker import REQUEST_TIMEOUT_MS

from orderstream.audit.books import Place
from orderstream.audit.failure import CannotAuditError
from orderstream.audit.heard import HEARD


async def read_acknowledged(bootstrap: str) -> dict[Place, int]:
    """Up to which offset each service has acknowledged each partition that it follows.

    Raises:
        CannotAuditError: the broker does not answer.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=REQUEST_TIMEOUT_MS)
    try:
        await admin.start()
        return {
            (service, place.topic, place.partition): committed.offset
            for service in HEARD
            for place, committed in (await admin.list_consumer_group_offsets(service)).items()
        }
    except (KafkaError, OSError) as error:
        raise CannotAuditError(f"Kafka does not answer: {error}") from error
    finally:
        await admin.close()
