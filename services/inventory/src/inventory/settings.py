"""What inventory needs to know: nothing besides what every service does."""

from servicekit import ServiceSettings


class InventorySettings(ServiceSettings):
    """The settings of inventory's worker and API."""
