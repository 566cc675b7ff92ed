"""What the gateway needs to know."""

from pydantic import Field
from servicekit import SealingKey, ServiceSettings


class GatewaySettings(ServiceSettings):
    """The settings of the gateway.

    `max_unwritten_orders` may wait for the database before further ones are refused;
    `max_waiting_requests` may be held open for an order's end, further ones are answered at once.
    """

    order_api_url: str
    jwks_url: str
    jwt_issuer: str = "orderstream-demo-issuer"
    jwt_audience: str = "orderstream"
    sealing_key: SealingKey
    currency: str = Field("GBP", pattern=r"^[A-Z]{3}$")
    max_unwritten_orders: int = Field(1000, ge=1)
    max_waiting_requests: int = Field(1000, ge=0)
