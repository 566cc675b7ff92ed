"""What inventory needs to know: little besides what every service does."""

from pydantic import Field
from servicekit import BrokerSettings, MigrationSettings, ServiceSettings


class InventorySettings(ServiceSettings):
    """The settings of inventory's worker."""


class InventoryApiSettings(InventorySettings):
    """The settings of inventory's API, which answers over HTTP and over gRPC."""

    grpc_port: int = Field(ge=1, le=65535)


class SeedSettings(BrokerSettings, MigrationSettings):
    """Settings for filling the shelves: the database, and the broker to publish the catalogue."""
