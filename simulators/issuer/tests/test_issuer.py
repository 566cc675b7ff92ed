import json
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from testkit.simulators import Simulator, refusal, running

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running("issuer", tmp_path_factory.mktemp("issuer")) as simulator:
        yield simulator


def token(issuer: Simulator, **wanted: Any) -> str:
    answer = issuer.http.post("/token", json={"sub": "alice", **wanted}).raise_for_status()
    access_token: str = answer.json()["access_token"]
    return access_token


def keys(issuer: Simulator) -> KeySet:
    return KeySet.import_key_set(issuer.http.get("/.well-known/jwks.json").json())


def claims(issuer: Simulator, access_token: str) -> dict[str, Any]:
    return jwt.decode(access_token, keys(issuer), algorithms=["ES256"]).claims


def test_a_token_says_who_may_do_what_and_until_when(issuer: Simulator) -> None:
    payload = claims(issuer, token(issuer))
    assert (payload["iss"], payload["aud"]) == ("orderstream-demo-issuer", "orderstream")
    assert (payload["sub"], payload["scope"]) == ("alice", "orders:write orders:read webhooks")
    assert payload["exp"] - payload["iat"] == 3600
    assert abs(payload["iat"] - time.time()) < 5
    assert payload["jti"] != claims(issuer, token(issuer))["jti"]


def test_scopes_audience_and_lifetime_can_be_asked_for(issuer: Simulator) -> None:
    wanted = {"sub": "ops", "scopes": ["admin"], "expires_in": 60, "audience": "elsewhere"}
    answer = issuer.http.post("/token", json=wanted).json()
    assert (answer["token_type"], answer["expires_in"], answer["scope"]) == ("Bearer", 60, "admin")
    payload = claims(issuer, answer["access_token"])
    assert (payload["scope"], payload["aud"], payload["exp"] - payload["iat"]) == (
        "admin",
        "elsewhere",
        60,
    )


def test_an_expired_token_can_be_asked_for(issuer: Simulator) -> None:
    payload = claims(issuer, token(issuer, expires_in=-60))
    assert payload["iat"] < payload["exp"] < time.time()


def test_a_new_key_signs_while_the_old_ones_stay_valid(issuer: Simulator) -> None:
    old = token(issuer)
    new_kid = issuer.http.post("/admin/rotate").json()["kid"]
    new = token(issuer)
    assert jwt.decode(new, keys(issuer), algorithms=["ES256"]).header["kid"] == new_kid
    assert jwt.decode(old, keys(issuer), algorithms=["ES256"]).header["kid"] != new_kid
    published = issuer.http.get("/.well-known/jwks.json").json()["keys"]
    assert published[-1]["kid"] == new_kid
    assert all("d" not in key for key in published)


def test_an_algorithm_can_be_chosen_with_a_new_key(issuer: Simulator) -> None:
    for algorithm in ("Ed25519", "ES256"):
        kid = issuer.http.post("/admin/rotate", json={"algorithm": algorithm}).json()["kid"]
        issuer.http.post("/admin/rotate").raise_for_status()  # stays with it
        decoded = jwt.decode(token(issuer), keys(issuer), algorithms=[algorithm])
        assert decoded.header["alg"] == algorithm
        assert decoded.header["kid"] != kid
    refused = issuer.http.post("/admin/rotate", json={"algorithm": "none"})
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


def test_the_first_key_is_for_the_algorithm_that_was_set(tmp_path: Path) -> None:
    with running("issuer", tmp_path, ALGORITHM="Ed25519") as issuer:
        (published,) = issuer.http.get("/.well-known/jwks.json").json()["keys"]
        assert (published["kty"], published["crv"]) == ("OKP", "Ed25519")


def test_retired_keys_are_forgotten(tmp_path: Path) -> None:
    with running("issuer", tmp_path) as issuer:
        (old,) = (key.kid for key in keys(issuer).keys)
        new = issuer.http.post("/admin/rotate").json()["kid"]
        assert issuer.http.post("/admin/retire").json() == {"kid": new, "retired": [old]}
        assert [key.kid for key in keys(issuer).keys] == [new]
        assert old not in (tmp_path / "data" / "keys.json").read_text()


def test_the_discovery_document_leads_to_the_keys(issuer: Simulator) -> None:
    found = issuer.http.get("/.well-known/openid-configuration").json()
    assert found["issuer"] == "orderstream-demo-issuer"
    assert issuer.http.get(found["jwks_uri"]).status_code == 200
    assert issuer.http.post(found["token_endpoint"], json={"sub": "bob"}).status_code == 200


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": "alice", "expires_in": 0}, "expires_in"),
        ({"sub": "alice", "expires_in": 10**9}, "expires_in"),
        ({"sub": "alice", "scopes": ["two words"]}, "scopes[0]"),
        ({"sub": "alice", "scope": "orders:read"}, "scope"),
    ],
)
def test_bad_requests_are_reported_what_is_wrong(
    issuer: Simulator, wanted: dict[str, Any], message: str
) -> None:
    answer = issuer.http.post("/token", json=wanted)
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"
    assert answer.json()["error_description"].startswith(f"{message}: ")


def test_the_keys_survive_a_kill(tmp_path: Path) -> None:
    with running("issuer", tmp_path, ISSUER="me", AUDIENCE="you") as issuer:
        issued = token(issuer)
        issuer.http.post("/admin/rotate").raise_for_status()
        published = issuer.http.get("/.well-known/jwks.json").json()
        issuer.stop(signal.SIGKILL)
        issuer.start()
        assert issuer.http.get("/.well-known/jwks.json").json() == published
        payload = claims(issuer, issued)
        assert (payload["iss"], payload["aud"]) == ("me", "you")
        mode = (tmp_path / "data" / "keys.json").stat().st_mode
        assert stat.S_IMODE(mode) == 0o600


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with running("issuer", tmp_path) as issuer:
        assert issuer.http.get("/healthz").status_code == 200
        assert issuer.http.get("/readyz").json()["checks"] == {"keys": "ok"}
        assert issuer.stop(number) == 0


@pytest.mark.parametrize("content", ["", "no json", "{}", json.dumps({"keys": [{"kty": "EC"}]})])
def test_a_broken_key_file_is_reported_in_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "keys.json").write_text(content)
    message = refusal("issuer", tmp_path, HTTP_PORT="0")
    assert len(message.splitlines()) == 1
    assert "keys.json holds no keys; delete it" in message


def test_a_taken_port_is_reported_in_one_line(issuer: Simulator, tmp_path: Path) -> None:
    message = refusal("issuer", tmp_path, HTTP_PORT=str(issuer.port))
    assert len(message.splitlines()) == 1
    assert "Address already in use" in message
