"""What inventory needs to know: nothing besides what every service does."""

from servicekit import BrokerSettings, MigrationSettings, ServiceSettings


class InventorySettings(ServiceSettings):
    """The settings of inventory's worker and API."""


class SeedSettings(BrokerSettings, MigrationSettings):
    """What filling the shelves needs: the database, and the broker to publish the catalogue."""
