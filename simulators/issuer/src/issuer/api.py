"""The token issuer's interface: JWKS, discovery, tokens for whoever asks."""

import time
import uuid
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from simkit import json_response
from starlette.responses import Response

from issuer.settings import Settings
from issuer.signing_keys import ALGORITHMS, Algorithm, SigningKeys

CUSTOMER_SCOPES = ("orders:write", "orders:read", "webhooks")
DAY = 86_400

router = APIRouter()


def _not_zero(seconds: int) -> int:
    if seconds == 0:
        raise ValueError("must not be 0")
    return seconds


class TokenRequest(BaseModel):
    """Issue a token for `sub`; no password is asked for, this is a demo.

    `expires_in` is in seconds; below 0 it gives a token that has expired, for tests.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sub: str = Field(min_length=1, max_length=64)
    scopes: tuple[Annotated[str, Field(pattern=r"^[!#-\[\]-~]{1,64}$")], ...] = CUSTOMER_SCOPES
    expires_in: Annotated[
        int, Field(strict=True, ge=-DAY, le=30 * DAY), AfterValidator(_not_zero)
    ] = 3600
    audience: str | None = Field(None, min_length=1, max_length=200)


class Rotation(BaseModel):
    """Which algorithm the new key is for; the one of the present key unless named."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    algorithm: Algorithm | None = None


@router.get("/.well-known/jwks.json")
async def read_keys(request: Request) -> Response:
    """Give all public keys, the newest last."""
    keys: SigningKeys = request.app.state.keys
    response = json_response(keys.published())
    response.headers["Cache-Control"] = "public, max-age=60"
    return response


@router.get("/.well-known/openid-configuration")
async def read_configuration(request: Request) -> Response:
    """Give the discovery document (OpenID Connect Discovery 1.0, what applies here)."""
    settings: Settings = request.app.state.settings
    here = str(request.base_url)
    return json_response(
        {
            "issuer": settings.issuer,
            "jwks_uri": f"{here}.well-known/jwks.json",
            "token_endpoint": f"{here}token",
            "id_token_signing_alg_values_supported": ALGORITHMS,
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "scopes_supported": list(CUSTOMER_SCOPES),
        }
    )


@router.post("/token")
async def issue_token(wanted: TokenRequest, request: Request) -> Response:
    """Sign a token that says what was asked for."""
    settings: Settings = request.app.state.settings
    keys: SigningKeys = request.app.state.keys
    now = int(time.time())
    expires = now + wanted.expires_in
    scope = " ".join(wanted.scopes)
    token = keys.sign(
        {
            "iss": settings.issuer,
            "sub": wanted.sub,
            "aud": wanted.audience or settings.audience,
            "iat": min(now, expires - 1),
            "exp": expires,
            "jti": uuid.uuid4().hex,
            "scope": scope,
        }
    )
    response = json_response(
        {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": wanted.expires_in,
            "scope": scope,
        }
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@router.post("/admin/rotate", tags=["operating"])
async def rotate(request: Request, wanted: Rotation | None = None) -> Response:
    """Sign with a new key from now on; tokens signed with the old ones stay valid."""
    keys: SigningKeys = request.app.state.keys
    kid = keys.rotate(wanted.algorithm if wanted else None)
    return json_response({"kid": kid, "published": len(keys.published()["keys"])})


@router.post("/admin/retire", tags=["operating"])
async def retire(request: Request) -> Response:
    """Publish only the newest key from now on: what the old ones signed is not valid any more."""
    keys: SigningKeys = request.app.state.keys
    return json_response({"kid": keys.newest.kid, "retired": keys.retire()})
