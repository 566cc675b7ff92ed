"""The settings of the gateway, from the environment."""

from events.currencies import CurrencyCode
from privacy import SealingKey
from pydantic import Field, ValidationInfo, field_validator
from servicekit import HttpUrl, RedisUrl, ServiceSettings
from servicekit.origins import Origins

from gateway.upstreams.addresses import health_addresses, http_addresses, rpc_addresses

ALGORITHMS = frozenset({"ES256", "ES384", "Ed25519", "EdDSA", "PS256", "RS256"})
"""Of public keys only: a secret that two sides share would let the gateway sign as well."""


class GatewaySettings(ServiceSettings):
    """The settings of the gateway.

    Tokens are valid if they are of `jwt_issuer`, made out to `jwt_audience`, and signed by one
    of `jwt_algorithms` (commas between) with a key at `jwks_url`; without one, the issuer's name is
    the address at which it is discovered. The keys are read every `jwks_refresh_s`.

    `order_api_urls`, `inventory_api_urls` and `notifier_api_urls` list every instance, with commas
    between, or name a file that does, one a line (`file:/PATH`), which may change at any time; so
    does `inventory_grpc_urls`, as `host:port`.

    Limits are those of the route table times `rate_limit_scale`, 0 for none. Replicas share them
    over the Redis at `redis_url`; without one each counts for itself. Proxies in
    `trusted_proxies` (addresses or networks, commas between) are trusted to name the client.

    New orders are refused while `max_unwritten_orders` wait for the database (of one customer half
    as many), or while the outbox has more than `max_outbox_rows`, or one that is older than
    `max_outbox_age_s`: by then Kafka has been unavailable for so long that an order might miss its deadline
    before any service consumes it.
    `max_waiting_requests` may be held open for an order's end, further ones are answered at once;
    `max_streams` may follow orders live, `max_dashboards` the whole shop; further ones are refused.
    Of all these one customer may have as many as the setting that ends in `_each` says.
    All prices are in `currency` (ISO 4217), as those of inventory have to be.
    There may be `max_connections`, and of one address `max_connections_per_address`: of those that
    wait for their clients the oldest make room for new ones.
    Pages of `cors_origins` (`https://shop.example`, commas between, or `*`) may ask from a browser.
    `trace_ratio` is the share of requests of which spans are recorded, with all that follows from
    them, from 0 for none to 1 for all.
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
    redis_url: RedisUrl | None = Field(None, repr=False)
    rate_limit_scale: float = Field(1, ge=0, le=1_000_000)
    trusted_proxies: str = ""
    sealing_key: SealingKey
    currency: CurrencyCode = "GBP"
    max_unwritten_orders: int = Field(200, ge=1)
    max_outbox_rows: int = Field(100_000, ge=1)
    max_outbox_age_s: float = Field(120, gt=0)
    max_waiting_requests: int = Field(1000, ge=0)
    max_waiting_requests_each: int = Field(100, ge=0)
    max_streams: int = Field(2000, ge=0)
    max_streams_each: int = Field(100, ge=0)
    max_dashboards: int = Field(100, ge=0)
    max_dashboards_each: int = Field(10, ge=0)
    max_connections: int = Field(4000, ge=1)
    max_connections_per_address: int = Field(2000, ge=1)
    cors_origins: Origins = ""
    trace_ratio: float = Field(1, ge=0, le=1)
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
