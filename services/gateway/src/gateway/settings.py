"""What the gateway needs to know."""

from pydantic import Field, ValidationInfo, field_validator
from servicekit import HttpUrl, SealingKey, ServiceSettings

from gateway.upstreams.addresses import health_addresses, http_addresses, rpc_addresses

ALGORITHMS = frozenset({"ES256", "ES384", "Ed25519", "EdDSA", "PS256", "RS256"})
"""Of public keys only: a secret that two sides share would let the gateway sign as well."""


class GatewaySettings(ServiceSettings):
    """The settings of the gateway.

    Tokens are believed if they are of `jwt_issuer`, made out to `jwt_audience`, and signed by one
    of `jwt_algorithms` (commas between) with a key at `jwks_url`; without one, the issuer's name is
    the address at which it is discovered. The keys are read every `jwks_refresh_s`.

    `order_api_urls`, `inventory_api_urls` and `notifier_api_urls` list every instance, with commas
    between, or name a file that does, one a line (`file:/PATH`), which may change at any time; so
    does `inventory_grpc_urls`, as `host:port`.

    Limits are those of the route table times `rate_limit_scale`, 0 for none. Replicas share them
    over the Redis at `redis_url`; without one each counts for itself. Whoever stands in
    `trusted_proxies` (addresses or networks, commas between) is believed for whom it forwards.

    New orders are refused while `max_unwritten_orders` wait for the database, or while the outbox
    has more than `max_outbox_rows`, or one that is older than `max_outbox_age_s`: by then Kafka has
    been away for so long that an order might miss its deadline before anybody hears of it.
    `max_waiting_requests` may be held open for an order's end, further ones are answered at once;
    `max_streams` may follow orders live, `max_dashboards` the whole shop; further ones are refused.
    `health_urls` lists every process to show there, as `NAME=URL`, in the same way as instances.
    """

    order_api_urls: str = Field(min_length=1)
    inventory_api_urls: str = Field(min_length=1)
    notifier_api_urls: str = "http://127.0.0.1:18005"
    inventory_grpc_urls: str = "127.0.0.1:18004"
    jwt_issuer: str = "orderstream-demo-issuer"
    jwt_audience: str = "orderstream"
    jwt_algorithms: str = "ES256,Ed25519,EdDSA"
    jwks_url: HttpUrl | None = Field(None, validate_default=True)
    jwks_refresh_s: float = Field(300, ge=1)
    redis_url: str | None = Field(None, pattern=r"^rediss?://", repr=False)
    rate_limit_scale: float = Field(1, ge=0)
    trusted_proxies: str = ""
    sealing_key: SealingKey
    currency: str = Field("GBP", pattern=r"^[A-Z]{3}$")
    max_unwritten_orders: int = Field(200, ge=1)
    max_outbox_rows: int = Field(100_000, ge=1)
    max_outbox_age_s: float = Field(120, gt=0)
    max_waiting_requests: int = Field(1000, ge=0)
    max_streams: int = Field(2000, ge=0)
    max_dashboards: int = Field(100, ge=0)
    health_urls: str = ""

    @field_validator("jwt_algorithms")
    @classmethod
    def _known(cls, value: str) -> str:
        if not set(value.split(",")) <= ALGORITHMS:
            raise ValueError(f"only these, with commas between: {', '.join(sorted(ALGORITHMS))}")
        return value

    _http = field_validator("order_api_urls", "inventory_api_urls", "notifier_api_urls")(
        http_addresses
    )
    _rpc = field_validator("inventory_grpc_urls")(rpc_addresses)
    _health = field_validator("health_urls")(health_addresses)

    @field_validator("jwks_url")
    @classmethod
    def _findable(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and not info.data.get("jwt_issuer", "").startswith(("http:", "https:")):
            raise ValueError("needed, because JWT_ISSUER is no address at which it could be found")
        return value
