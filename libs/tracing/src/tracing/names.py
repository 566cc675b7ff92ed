"""The names of attributes, as OpenTelemetry has them; those with `orderstream.` are our own.

Source: semantic conventions 1.44 (messaging is in development there):
https://opentelemetry.io/docs/specs/semconv/.
"""

from typing import Final

SCHEMA_URL: Final = "https://opentelemetry.io/schemas/1.44.0"

ERROR_TYPE: Final = "error.type"
SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"

HTTP_METHOD: Final = "http.request.method"
HTTP_STATUS: Final = "http.response.status_code"
HTTP_ROUTE: Final = "http.route"
HTTP_RESENDS: Final = "http.request.resend_count"
URL_PATH: Final = "url.path"
URL_SCHEME: Final = "url.scheme"
URL_FULL: Final = "url.full"
URL_TEMPLATE: Final = "url.template"

RPC_SYSTEM: Final = "rpc.system"
RPC_SERVICE: Final = "rpc.service"
RPC_METHOD: Final = "rpc.method"
RPC_STATUS: Final = "rpc.grpc.status_code"

MESSAGING_SYSTEM: Final = "messaging.system"
OPERATION_NAME: Final = "messaging.operation.name"
OPERATION_TYPE: Final = "messaging.operation.type"
DESTINATION: Final = "messaging.destination.name"
PARTITION: Final = "messaging.destination.partition.id"
CONSUMER_GROUP: Final = "messaging.consumer.group.name"
MESSAGE_ID: Final = "messaging.message.id"
CONVERSATION_ID: Final = "messaging.message.conversation_id"
BATCH_COUNT: Final = "messaging.batch.message_count"
OFFSET: Final = "messaging.kafka.offset"
MESSAGE_KEY: Final = "messaging.kafka.message.key"
EVENT_TYPE: Final = "cloudevents.event_type"

ORDER_ID: Final = "orderstream.order.id"
PROBLEM: Final = "orderstream.problem"
FACT: Final = "orderstream.fact"
SWEPT: Final = "orderstream.relay.swept"
WAIT: Final = "orderstream.wait."
"""What the attributes begin with that say where an event's time went, in ms."""

KAFKA: Final = "kafka"
HIDDEN: Final = "REDACTED"
"""In place of what an address holds beside a route that we know: it may be personal."""
