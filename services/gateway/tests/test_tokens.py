import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from testkit.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]


async def refusal(shop: Any, headers: dict[str, str]) -> tuple[int, str, str]:
    answer = await shop.http.get("/v1/orders", headers=headers)
    return answer.status_code, answer.json()["code"], answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Basic abc"}, {"Authorization": "Bearer"}]
)
async def test_without_a_token_nobody_gets_in(shop: Any, headers: dict[str, str]) -> None:
    status, code, challenge = await refusal(shop, headers)
    assert (status, code) == (401, "token_missing")
    assert challenge == 'Bearer realm="orderstream"'


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({"expires_in": -31}, "it has expired"),
        ({"audience": "elsewhere"}, "missing or wrong is aud"),
    ],
)
async def test_a_token_for_another_time_or_place_is_refused(
    shop: Any, wanted: dict[str, Any], reason: str
) -> None:
    status, code, challenge = await refusal(shop, shop.token("alice", **wanted))
    assert (status, code) == (401, "token_invalid")
    assert f'error="invalid_token", error_description="{reason}"' in challenge


async def test_clocks_may_differ_a_little(shop: Any) -> None:
    token = shop.token("alice", expires_in=-10)
    assert (await shop.http.get("/v1/orders", headers=token)).status_code == 200


@pytest.mark.parametrize("token", ["x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "é.b.c", "W10.e30.x"])
async def test_what_is_no_token_is_refused(shop: Any, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}".encode("latin-1")}
    status, code, _ = await refusal(shop, headers)
    assert (status, code) == (401, "token_invalid")


def forged(shop: Any, key: ECKey, **changes: Any) -> dict[str, str]:
    kid = shop.issuer.http.get("/.well-known/jwks.json").json()["keys"][-1]["kid"]
    claims = {
        "iss": "orderstream-demo-issuer",
        "aud": "orderstream",
        "sub": "alice",
        "scope": "orders:read",
        "exp": int(time.time()) + 60,
    }
    token = jwt.encode({"alg": "ES256", "kid": changes.pop("kid", kid)}, claims | changes, key)
    return {"Authorization": f"Bearer {token}"}


async def test_a_forged_signature_is_refused(shop: Any) -> None:
    key = ECKey.generate_key("P-256")
    for headers in (forged(shop, key), forged(shop, key, kid="unhandled-of")):
        status, code, _ = await refusal(shop, headers)
        assert (status, code) == (401, "token_invalid")


async def test_a_changed_token_is_refused(shop: Any) -> None:
    token = shop.token("alice")["Authorization"]
    head, payload, signature = token.split(".")
    changed = f"{head}.{payload[:-3]}AAA.{signature}"
    assert (await refusal(shop, {"Authorization": changed}))[0] == 401


async def test_a_token_without_the_scope_is_given_which_one_it_lacks(shop: Any) -> None:
    status, code, challenge = await refusal(shop, shop.token("alice", scopes=["orders:write"]))
    assert (status, code) == (403, "insufficient_scope")
    assert 'scope="orders:read"' in challenge
    headers = shop.token("alice", scopes=["orders:read"]) | {"Idempotency-Key": "k"}
    for path in ("/v1/orders", f"/v1/orders/ord_{'0' * 32}/cancel"):
        answer = await shop.http.post(path, json={}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")


async def test_a_new_signing_key_is_fetched_when_it_appears(shop: Any) -> None:
    before = shop.token("alice")
    assert (await shop.http.get("/v1/orders", headers=before)).status_code == 200
    shop.issuer.http.post("/admin/rotate").raise_for_status()
    after = shop.token("alice")

    async def taken() -> bool:
        return bool((await shop.http.get("/v1/orders", headers=after)).status_code == 200)

    await until("the new key is fetched", taken)  # another test may just have made the gateway ask
    assert (await shop.http.get("/v1/orders", headers=before)).status_code == 200
