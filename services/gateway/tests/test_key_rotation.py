"""Keys come and go at the issuer; the gateway follows without a restart, and without its help."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, HTTPException, Request
from gateway.auth.signing_keys import Jwk, SigningKeys
from gateway.problems.problem import ProblemError
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from testkit.ports import free_port
from testkit.serving import served
from testkit.waiting import until

Key = ECKey | OKPKey | RSAKey
ODD_KEYS: list[Any] = [
    {"kty": "future", "kid": "a kind of key that is yet to come"},
    {"kty": "EC", "kid": "half a key", "crv": "P-256", "x": "AA"},
    {"kty": "oct", "kid": "a secret", "k": "c2VjcmV0"},
    {"kty": "EC", "crv": "P-256"},
    "no key at all",
]


class OwnIssuer:
    """An issuer found by discovery; what it publishes is in the test's hands."""

    def __init__(self) -> None:
        self.keys: list[Key] = [ECKey.generate_key("P-256", auto_kid=True)]
        self.down = False
        self.asked = 0
        self.url = ""

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        async def configuration(request: Request) -> Any:
            here = str(request.base_url).rstrip("/")
            return {"issuer": here, "jwks_uri": f"{here}/keys"}

        @app.get("/keys")
        async def keys() -> Any:
            self.asked += 1
            if self.down:
                raise HTTPException(503)
            return {"keys": [*ODD_KEYS, *(key.as_dict(private=False) for key in self.keys)]}

        return app

    def token(self, key: Key, algorithm: str = "ES256", **changes: Any) -> dict[str, str]:
        claims = {
            "iss": self.url,
            "aud": ["elsewhere", "orderstream"],
            "sub": "alice",
            "scp": ["orders:read", "openid"],
            "exp": int(time.time()) + 600,
        }
        header = {"alg": algorithm, "kid": key.kid}
        token = jwt.encode(header, claims | changes, key, algorithms=[algorithm])
        return {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
async def own_issuer() -> AsyncIterator[OwnIssuer]:
    issuer = OwnIssuer()
    async with served(issuer.app()) as url:
        issuer.url = url
        yield issuer


@pytest.fixture(scope="module")
async def ask(
    shop: Any, own_issuer: OwnIssuer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Callable[..., Awaitable[httpx.Response]]]:
    """Ask a gateway that believes this issuer for a list of orders."""
    settings = {"HTTP_PORT": str(free_port()), "JWT_ISSUER": own_issuer.url, "JWKS_URL": ""}
    gateway = shop.beside(tmp_path_factory.mktemp("rotation"), **settings, JWKS_REFRESH_S="1")

    async def get(headers: dict[str, str]) -> httpx.Response:
        answer: httpx.Response = await shop.http.get(f"{gateway.url}/v1/orders", headers=headers)
        return answer

    await gateway.answering("/readyz")
    yield get
    await gateway.stop()


@pytest.mark.kafka
@pytest.mark.postgres
class TestAGatewayOfAnotherIssuer:
    async def test_finds_its_keys_and_reads_its_scopes(
        self, own_issuer: OwnIssuer, ask: Any
    ) -> None:
        """Keys of odd kinds among them do no harm."""
        token = own_issuer.token(own_issuer.keys[0])
        assert (await ask(token)).status_code == 200
        refused = await ask(own_issuer.token(own_issuer.keys[0], scp=["openid"]))
        assert refused.json()["code"] == "insufficient_scope"

    async def test_takes_a_new_key_of_either_kind(self, own_issuer: OwnIssuer, ask: Any) -> None:
        key = OKPKey.generate_key("Ed25519", auto_kid=True)
        own_issuer.keys.append(key)

        async def taken() -> bool:
            return bool((await ask(own_issuer.token(key, "Ed25519"))).status_code == 200)

        await until("the new key is taken", taken)
        assert (await ask(own_issuer.token(own_issuer.keys[0]))).status_code == 200

    @pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
    async def test_takes_ed25519_by_its_old_name_and_nothing_that_is_not_set(
        self, own_issuer: OwnIssuer, ask: Any
    ) -> None:
        okp = OKPKey.generate_key("Ed25519", auto_kid=True)
        rsa = RSAKey.generate_key(2048, auto_kid=True)
        own_issuer.keys += [rsa, okp]

        async def taken() -> bool:
            return bool((await ask(own_issuer.token(okp, "EdDSA"))).status_code == 200)

        await until("the new key is taken", taken)
        refused = await ask(own_issuer.token(rsa, "RS256"))
        assert refused.json()["code"] == "token_invalid"

    async def test_stops_believing_a_key_that_is_withdrawn(
        self, own_issuer: OwnIssuer, ask: Any
    ) -> None:
        """Be the token as fresh as it may, and remembered as good."""
        old, new = (ECKey.generate_key("P-256", auto_kid=True) for _ in range(2))
        own_issuer.keys += [old, new]
        token = own_issuer.token(old)

        async def believed() -> bool:
            return bool((await ask(token)).status_code == 200)

        async def refused() -> bool:
            return not await believed()

        await until("the new key is believed", believed)
        own_issuer.keys.remove(old)
        await until("the old key is refused", refused)
        assert (await ask(token)).json()["code"] == "token_invalid"
        assert (await ask(own_issuer.token(new))).status_code == 200

    async def test_goes_on_with_what_it_knows_while_the_issuer_is_down(
        self, own_issuer: OwnIssuer, ask: Any
    ) -> None:
        own_issuer.down = True
        asked = own_issuer.asked
        await until("the issuer has been asked twice more", lambda: own_issuer.asked > asked + 1)
        assert (await ask(own_issuer.token(own_issuer.keys[0]))).status_code == 200
        unknown = ECKey.generate_key("P-256", auto_kid=True)
        assert (await ask(own_issuer.token(unknown))).status_code == 401
        own_issuer.down = False


class CountingIssuer:
    """Publishes what it is given, and counts how often it is asked."""

    def __init__(self) -> None:
        self.keys: dict[str, Jwk] | None = None
        self.asked = 0

    async def published_keys(self) -> dict[str, Jwk]:
        self.asked += 1
        if self.keys is None:
            raise httpx.ConnectError("away")
        return self.keys


async def test_invented_key_ids_do_not_become_the_issuers_load() -> None:
    issuer = CountingIssuer()
    issuer.keys = {"known": public()}
    keys = SigningKeys(issuer)  # type: ignore[arg-type]
    assert await keys.find("known")
    for number in range(50):
        assert await keys.find(f"invented-{number}") is None
    assert issuer.asked == 1


async def test_without_any_keys_nobody_can_be_verified_and_the_issuer_is_asked_but_seldom() -> None:
    issuer = CountingIssuer()
    keys = SigningKeys(issuer)  # type: ignore[arg-type]
    for _ in range(50):
        with pytest.raises(ProblemError) as refused:
            await keys.find("any")
        assert refused.value.code == "keys_unavailable"
    assert issuer.asked == 1
    assert keys.age_s() == float("inf")


async def test_another_key_under_the_same_id_is_another_key() -> None:
    issuer = CountingIssuer()
    issuer.keys = {"k": public()}
    keys = SigningKeys(issuer)  # type: ignore[arg-type]
    first = await keys.find("k")
    await keys.refresh()
    assert keys.known("k") is first
    issuer.keys = {"k": public()}
    await keys.refresh()
    assert keys.known("k") not in {first, None}


def public() -> Jwk:
    return ECKey.generate_key("P-256").as_dict(private=False)
