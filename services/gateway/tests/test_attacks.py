"""Tokens as attackers make them: each is refused in the same words, and nothing of it is told."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OKPKey
from joserfc.jws import JWSRegistry
from joserfc.registry import HeaderParameter
from testkit.serving import served

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
MALLORY = "mallory-7f3a"
EXTENSION = {"exp": HeaderParameter("An extension", "int")}
ANY_HEADER = JWSRegistry(EXTENSION, ["ES256", "Ed25519"], strict_check_header=False)
ANY_HEADER.max_header_length = 10_000
Json = dict[str, Any]


class Forge:
    """Makes tokens, with the issuer's own key where an attack is about what is signed."""

    def __init__(self, key: ECKey) -> None:
        self.key = key
        self.kid = str(key.kid)

    def claims(self, **changes: Any) -> Json:
        now = int(time.time())
        good = {
            "iss": "orderstream-demo-issuer",
            "aud": "orderstream",
            "sub": MALLORY,
            "scope": "orders:read",
            "iat": now,
            "exp": now + 600,
        }
        return {name: value for name, value in (good | changes).items() if value is not None}

    def signed(self, **changes: Any) -> str:
        """Signed by the issuer, with other claims."""
        return jwt.encode({"alg": "ES256", "kid": self.kid}, self.claims(**changes), self.key)

    def headed(self, key: Any = None, **header: Any) -> str:
        """With another header, signed by the issuer or by somebody else."""
        whole = {"alg": "ES256", "kid": self.kid} | header
        return jwt.encode(whole, self.claims(), key or self.key, registry=ANY_HEADER)

    def raw(self, header: Any, signature: bytes = b"", payload: bytes | None = None) -> str:
        """Put together by hand."""
        body = json.dumps(self.claims()).encode() if payload is None else payload
        head = header if isinstance(header, bytes) else json.dumps(header).encode()
        return ".".join(map(encoded, (head, body, signature)))

    def signed_payload(self, payload: bytes) -> str:
        """Signed by the issuer, whatever it is."""
        return jws.serialize_compact(
            {"alg": "ES256", "kid": self.kid}, payload, self.key, registry=ANY_HEADER
        )

    def hashed_with(self, secret: bytes) -> str:
        """HS256 with a secret that everybody knows."""
        unsigned = self.raw({"alg": "HS256", "kid": self.kid}).rpartition(".")[0]
        return f"{unsigned}.{encoded(hmac.digest(secret, unsigned.encode(), hashlib.sha256))}"


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def public(key: ECKey) -> Json:
    return dict(key.as_dict(private=False))


STRANGER = ECKey.generate_key("P-256")
OTHER_CURVE = OKPKey.generate_key("Ed25519")
ATTACKS: dict[str, Callable[[Forge], str]] = {
    "expired": lambda f: f.signed(exp=int(time.time()) - 31),
    "not valid yet": lambda f: f.signed(nbf=int(time.time()) + 60),
    "issued in the future": lambda f: f.signed(iat=int(time.time()) + 60),
    "of another issuer": lambda f: f.signed(iss="https://evil.example"),
    "for another audience": lambda f: f.signed(aud="elsewhere"),
    "for several others": lambda f: f.signed(aud=["elsewhere", "nowhere"]),
    "without an audience": lambda f: f.signed(aud=None),
    "without an end": lambda f: f.signed(exp=None),
    "until a word": lambda f: f.signed(exp="tomorrow"),
    "without a subject": lambda f: f.signed(sub=None),
    "of a number": lambda f: f.signed(sub=7),
    "of two lines": lambda f: f.signed(sub="a\nb"),
    "of a card number": lambda f: f.signed(sub="Visa 4111-1111-1111-1111"),
    "with scopes that are none": lambda f: f.signed(scope={"orders:read": True}),
    "unsigned": lambda f: f.raw({"alg": "none", "kid": f.kid}),
    "unsigned, spelt otherwise": lambda f: f.raw({"alg": "NonE", "kid": f.kid}),
    "without an algorithm": lambda f: f.raw({"kid": f.kid}),
    "HS256 with the public key": lambda f: f.hashed_with(f.key.as_pem(private=False)),
    "HS256 with the public JWK": lambda f: f.hashed_with(json.dumps(public(f.key)).encode()),
    "an ES256 key as Ed25519": lambda f: f.headed(OTHER_CURVE, alg="Ed25519"),
    "an ES256 key as EdDSA": lambda f: f.raw({"alg": "EdDSA", "kid": f.kid}, b"\0" * 64),
    "an ES256 key as ES384": lambda f: f.raw({"alg": "ES384", "kid": f.kid}, b"\0" * 96),
    "an ES256 key as RS256": lambda f: f.raw({"alg": "RS256", "kid": f.kid}, b"\0" * 256),
    "a signature of zeros": lambda f: f.raw({"alg": "ES256", "kid": f.kid}, b"\0" * 64),
    "no signature": lambda f: f.signed().rpartition(".")[0] + ".",
    "a stranger's signature": lambda f: f.headed(STRANGER),
    "a stranger's key in the header": lambda f: f.headed(STRANGER, jwk=public(STRANGER)),
    "a stranger's key, by address": lambda f: f.headed(STRANGER, jku="http://127.0.0.1:9/jwks"),
    "a stranger's certificate": lambda f: f.headed(STRANGER, x5u="http://127.0.0.1:9/cert"),
    "a path as key id": lambda f: f.headed(STRANGER, kid="../../../../dev/null"),
    "a query as key id": lambda f: f.headed(STRANGER, kid="' UNION SELECT 'x"),
    "an address as key id": lambda f: f.headed(STRANGER, kid="http://127.0.0.1:9/k"),
    "a huge key id": lambda f: f.raw({"alg": "ES256", "kid": "k" * 5000}),
    "a number as key id": lambda f: f.raw({"alg": "ES256", "kid": 7}),
    "a list as key id": lambda f: f.raw({"alg": "ES256", "kid": [f.kid]}),
    "no key id": lambda f: f.raw({"alg": "ES256"}),
    "an unknown extension": lambda f: f.headed(crit=["exp"], exp=1),
    "an unencoded payload": lambda f: f.headed(crit=["b64"], b64=True),
    "an extension that is not there": lambda f: f.raw({"alg": "ES256", "kid": f.kid, "crit": []}),
    "a header that is a list": lambda f: f.raw([f.kid]),
    "a header without end": lambda f: f.raw(b"[" * 3000),
    "a payload that is no object": lambda f: f.raw({"alg": "ES256", "kid": f.kid}, payload=b"[]"),
    "a payload without end": lambda f: f.signed_payload(b"[" * 5000),
    "encrypted": lambda f: f.signed() + ".eA.eA",
    "four parts": lambda f: f.signed() + ".eA",
    "of two words": lambda f: f.signed() + " x",
}


@pytest.fixture(scope="module")
def forge(issuer: Any) -> Forge:
    keys = json.loads((Path(issuer.folder) / "keys.json").read_text())["keys"]
    return Forge(ECKey.import_key(keys[-1]))


async def ask(shop: Any, *tokens: str) -> httpx.Response:
    headers = [("Authorization", f"Bearer {token}") for token in tokens]
    answer: httpx.Response = await shop.http.get("/v1/orders", headers=headers)
    return answer


def assert_nothing_revealed(shop: Any, answer: httpx.Response, token: str) -> None:
    secrets = (MALLORY, "elsewhere", "evil", *(part for part in token.split(".") if len(part) > 8))
    for text in (answer.text, str(answer.headers), shop.gateway.log):
        assert [secret for secret in secrets if secret in text] == []


async def test_what_the_forge_makes_is_good_where_nothing_is_wrong(shop: Any, forge: Forge) -> None:
    """Otherwise no refusal below would mean anything."""
    for token in (forge.signed(), forge.headed(), forge.signed(aud=["elsewhere", "orderstream"])):
        assert (await ask(shop, token)).status_code == 200


@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_bad_token_is_refused_and_nothing_of_it_reported(
    shop: Any, forge: Forge, attack: str
) -> None:
    token = ATTACKS[attack](forge)
    answer = await ask(shop, token)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith('Bearer realm="orderstream", error="invalid_token", error_descr')
    assert answer.headers["cache-control"] == "no-store"
    assert_nothing_revealed(shop, answer, token)


@pytest.mark.parametrize("between", ["\u00a0", "\n", "\t", "\u2003", ","])
async def test_only_a_space_is_between_two_scopes(shop: Any, forge: Forge, between: str) -> None:
    answer = await ask(shop, forge.signed(scope=f"orders:read{between}ops"))
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")


async def test_keys_that_a_token_brings_along_are_never_looked_at(shop: Any, forge: Forge) -> None:
    asked = []
    elsewhere = FastAPI()

    @elsewhere.get("/{path:path}")
    async def give(path: str) -> Json:
        asked.append(path)
        return {"keys": [public(STRANGER)]}

    async with served(elsewhere) as url:
        brought = {"jku": f"{url}/jwks", "x5u": f"{url}/cert", "jwk": public(STRANGER)}
        assert (await ask(shop, forge.headed(**brought))).status_code == 200
        assert (await ask(shop, forge.headed(STRANGER, **brought))).status_code == 401
        assert (await ask(shop, forge.headed(STRANGER, **brought, kid="new"))).status_code == 401
    assert asked == []


@pytest.mark.parametrize(
    ("length", "code"), [(8000, "token_too_large"), (30_000, "headers_too_large")]
)
async def test_a_token_that_is_too_large_is_not_looked_at(
    shop: Any, forge: Forge, length: int, code: str
) -> None:
    token = forge.signed(padding="x" * length)
    answer = await ask(shop, token)
    assert (answer.status_code, answer.json()["code"]) == (431, code)
    assert_nothing_revealed(shop, answer, token)


async def test_two_tokens_are_as_bad_as_none(shop: Any, forge: Forge) -> None:
    answer = await ask(shop, forge.signed(), forge.signed())
    assert (answer.status_code, answer.json()["code"]) == (400, "authorization_repeated")
    assert 'error="invalid_request"' in answer.headers["www-authenticate"]


async def test_somebody_elses_order_looks_like_none(shop: Any, forge: Forge) -> None:
    order_id = (await shop.place(shop.customer())).json()["id"]
    headers = shop.token(MALLORY)
    for method, suffix in (("GET", ""), ("POST", "/cancel")):
        answers = []
        for wanted in (order_id, f"ord_{'0' * 32}"):
            answer = await shop.http.request(
                method, f"/v1/orders/{wanted}{suffix}", headers=headers
            )
            answers.append((answer.status_code, answer.json() | {"request_id": None}))
        assert answers[0] == answers[1]
        assert answers[0][0] == 404


@pytest.mark.parametrize("expires", [1e30, 10**18, 10**400, 1e300])
async def test_a_token_that_hardly_ever_expires_is_good_for_a_while(
    shop: Any, forge: Forge, expires: float
) -> None:
    customer = shop.customer()
    order_id = (await shop.place(customer)).json()["id"]
    await shop.moves(order_id, customer, "accepted")
    token = forge.signed(sub=customer, exp=expires, scope=["orders:read", "no\0scope"])
    assert (await ask(shop, token)).status_code == 200
    path, headers = f"/v1/orders/{order_id}/events", {"Authorization": f"Bearer {token}"}
    bought = await shop.http.post("/v1/tickets", json={"path": path}, headers=headers)
    assert bought.status_code == 201
    async with shop.following(order_id, {}, ticket=bought.json()["ticket"]) as stream:
        assert (await stream.event())["id"] == "1"


@pytest.mark.parametrize("expires", [-1e30, -(10**400), True, "never", [1e30], {}])
async def test_a_token_that_says_nothing_of_its_end_is_refused(
    shop: Any, forge: Forge, expires: Any
) -> None:
    answer = await ask(shop, forge.signed(exp=expires))
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")
