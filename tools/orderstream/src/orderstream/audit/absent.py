"""Who does not run, or cannot do its work: without it what is in flight will not end by itself."""

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from servicekit.broker import REQUEST_TIMEOUT_MS

from orderstream.audit.failure import CannotAuditError
from orderstream.health import DEGRADED, READY, health
from orderstream.platform import Layer, System, read_group


async def find_absent(system: System) -> dict[str, str]:
    """Each process that is not ready, by its own words, and each service whose topics nobody follows.

    A worker that hangs holds its port: only its group knows.

    Raises:
        CannotAuditError: the broker does not answer.
    """
    answers = await health(system)
    unwell = {
        name: answer for name, answer in answers.items() if not answer.startswith((READY, DEGRADED))
    }
    services = {str(one.service) for one in system.processes if one.layer is Layer.WORKERS}
    return await _unfollowed(system.settings.kafka_bootstrap, sorted(services)) | unwell


async def _unfollowed(bootstrap: str, services: list[str]) -> dict[str, str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=REQUEST_TIMEOUT_MS)
    try:
        await admin.start()
        groups = {service: await read_group(admin, service) for service in services}
    except (KafkaError, OSError) as error:
        raise CannotAuditError(f"Kafka does not answer: {error}") from error
    finally:
        await admin.close()
    alone = (service for service, group in groups.items() if not group.members)
    return {f"{service}-worker": "nobody follows its topics" for service in alone}
