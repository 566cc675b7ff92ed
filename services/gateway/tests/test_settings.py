from typing import Any

import pytest
from gateway.settings import GatewaySettings
from pydantic import ValidationError

GOOD: dict[str, Any] = {
    "database_url": "postgresql://gateway@localhost:1/gateway",
    "http_port": 1,
    "order_api_urls": "http://localhost:1",
    "inventory_api_urls": "http://localhost:1",
    "jwks_url": "http://localhost:1",
    "sealing_key": "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=",
}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"jwks_url": None}, "needed, because JWT_ISSUER is no address"),
        ({"jwt_algorithms": "ES256,HS256"}, "only these, with commas between: ES256"),
        ({"jwt_algorithms": "none"}, "only these"),
        ({"jwt_algorithms": ""}, "only these"),
        ({"jwks_url": "localhost"}, "expected http://host:port"),
        ({"order_api_urls": ""}, "at least 1 character"),
        ({"order_api_urls": " , "}, "expected http://host:port, several with commas"),
        ({"order_api_urls": "http://a:1,b:2"}, "expected http://host:port, several with commas"),
        ({"inventory_api_urls": "file:listed"}, "or file:/PATH"),
        ({"inventory_grpc_urls": "http://a:1"}, "expected host:port, several with commas"),
        ({"health_urls": "http://a:1/readyz"}, "expected NAME=http://host:port"),
        ({"redis_url": "localhost:6379"}, "expected redis://host:port"),
        ({"rate_limit_scale": -1}, "greater than or equal to 0"),
        ({"rate_limit_scale": float("inf")}, "less than or equal to 1000000"),
        ({"jwks_refresh_s": 0}, "greater than or equal to 1"),
        ({"max_connections": 0}, "greater than or equal to 1"),
        ({"cors_origins": "shop.example"}, "expected https://host"),
        ({"cors_origins": "https://shop.example/"}, "expected https://host"),
        ({"cors_origins": "https://a, https://B"}, "expected https://host"),
    ],
)
def test_a_wrong_setting_is_reported(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        GatewaySettings(**GOOD | wrong)
    assert message in str(refused.value)


def test_an_issuer_that_is_an_address_needs_no_other() -> None:
    settings = GatewaySettings(**GOOD | {"jwks_url": None, "jwt_issuer": "https://id.example"})
    assert settings.jwks_url is None


def test_instances_are_listed_or_a_file_lists_them() -> None:
    right = {
        "order_api_urls": "http://a:1, https://b",
        "inventory_api_urls": "file:/listings/inventory-api",
        "inventory_grpc_urls": "a:1,b:2",
        "health_urls": "a=http://a:1/readyz, b=http://b:1/readyz",
    }
    settings = GatewaySettings(**GOOD | right)
    assert settings.model_dump(include=set(right)) == right
