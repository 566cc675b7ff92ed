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
    ("wrong", "said"),
    [
        ({"jwks_url": None}, "needed, because JWT_ISSUER is no address"),
        ({"jwt_algorithms": "ES256,HS256"}, "only these, with commas between: ES256"),
        ({"jwt_algorithms": "none"}, "only these"),
        ({"jwt_algorithms": ""}, "only these"),
        ({"redis_url": "localhost:6379"}, "should match pattern"),
        ({"rate_limit_scale": -1}, "greater than or equal to 0"),
        ({"jwks_refresh_s": 0}, "greater than or equal to 1"),
    ],
)
def test_a_wrong_setting_is_said(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        GatewaySettings(**GOOD | wrong)
    assert said in str(refused.value)


def test_an_issuer_that_is_an_address_needs_no_other() -> None:
    settings = GatewaySettings(**GOOD | {"jwks_url": None, "jwt_issuer": "https://id.example"})
    assert settings.jwks_url is None
