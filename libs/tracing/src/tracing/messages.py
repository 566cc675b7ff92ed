"""What every span of messaging says, whichever side of the topic it stands for."""

from tracing.names import (
    DESTINATION,
    KAFKA,
    MESSAGING_SYSTEM,
    OPERATION_NAME,
    OPERATION_TYPE,
)
from tracing.span import Value


def message_attributes(operation: str, topic: str) -> dict[str, Value]:
    """Give the attributes that every span of messaging has."""
    return {
        MESSAGING_SYSTEM: KAFKA,
        OPERATION_NAME: operation,
        OPERATION_TYPE: operation,
        DESTINATION: topic,
    }
