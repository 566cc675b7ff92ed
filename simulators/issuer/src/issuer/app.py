"""Puts the token issuer together."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from simkit import health_routes, json_response, validation_problem
from starlette.responses import Response

from issuer import api
from issuer.settings import Settings
from issuer.signing_keys import SigningKeys

DESCRIPTION = "Signs whatever it is asked for. Never use it where a token protects something."


def build_app(settings: Settings) -> FastAPI:
    """Load the keys, or create the first one, and serve."""
    app = FastAPI(title="Demo token issuer", description=DESCRIPTION)
    app.state.settings = settings
    app.state.keys = keys = SigningKeys(settings.data_dir / "keys.json", settings.algorithm)
    app.include_router(api.router)
    app.include_router(health_routes({"keys": keys.check}))

    @app.exception_handler(RequestValidationError)
    async def bad_request(_request: Request, error: RequestValidationError) -> Response:
        """Give OAuth's error shape (RFC 6749, section 5.2)."""
        _, message = validation_problem(error)
        return json_response({"error": "invalid_request", "error_description": message}, 400)

    return app
