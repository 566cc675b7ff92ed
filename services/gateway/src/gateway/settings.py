"""What the gateway needs to know."""

from pydantic import Field
from servicekit import SealingKey, ServiceSettings


class GatewaySettings(ServiceSettings):
    """The settings of the gateway.

    New orders are refused while `max_unwritten_orders` wait for the database, or while the outbox
    has more than `max_outbox_rows`, or one that is older than `max_outbox_age_s`: by then Kafka has
    been away for so long that an order might miss its deadline before anybody hears of it.
    `max_waiting_requests` may be held open for an order's end, further ones are answered at once.
    """

    order_api_url: str
    jwks_url: str
    jwt_issuer: str = "orderstream-demo-issuer"
    jwt_audience: str = "orderstream"
    sealing_key: SealingKey
    currency: str = Field("GBP", pattern=r"^[A-Z]{3}$")
    max_unwritten_orders: int = Field(200, ge=1)
    max_outbox_rows: int = Field(100_000, ge=1)
    max_outbox_age_s: float = Field(120, gt=0)
    max_waiting_requests: int = Field(1000, ge=0)
