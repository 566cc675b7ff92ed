"""`orderstream token`: a token of the demo issuer's, to call the gateway by hand."""

import asyncio
from collections.abc import Mapping
from typing import Annotated

import httpx
import typer
from client.http import open_http
from client.tokens import CUSTOMER_SCOPES
from stack import load, reach
from stack.hints import no_answer

from orderstream.errors import CommandError

EXAMPLES = (
    "token --customer alice",
    "token --customer operator --scope ops",
    "token --customer alice --scope orders:read --expires-in 60",
)
TIMEOUT_S = 10


def run(
    *,
    customer: Annotated[
        str, typer.Option("--customer", help="Whom the token speaks for: 1 to 64 characters.")
    ] = "alice",
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help="What it allows, may be repeated; by default a customer's."),
    ] = None,
    expires_in: Annotated[
        int, typer.Option("--expires-in", help="Seconds; below 0 for one that has expired.")
    ] = 3600,
) -> None:
    """Print a token and nothing else, so that it can stand inside of another command.

    curl -H "Authorization: Bearer $(orderstream token)" http://127.0.0.1:18000/v1/orders
    """
    wanted = {"sub": customer, "scopes": scope or CUSTOMER_SCOPES, "expires_in": expires_in}
    print(asyncio.run(_issue(wanted)))  # noqa: T201  # to be used by a shell: never wrapped


async def _issue(wanted: Mapping[str, object]) -> str:
    url = reach(load()).url("issuer")
    try:
        async with open_http(timeout=TIMEOUT_S) as http:
            answer = await http.post(f"{url}/token", json=wanted)
    except httpx.TransportError:
        raise CommandError(no_answer("The token issuer")) from None
    if answer.is_error:
        raise CommandError(f"The token issuer refuses: {answer.json()['error_description']}")
    return str(answer.json()["access_token"])
