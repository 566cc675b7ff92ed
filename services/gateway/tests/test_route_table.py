"""The route table and the application say the same."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from gateway.api.authorization import limit_address
from gateway.app import create_app
from gateway.routes import ROUTES, SOCKET, route_of
from gateway.settings import GatewaySettings

SETTINGS = GatewaySettings(
    database_url="postgresql://gateway@localhost:1/gateway",
    http_port=1,
    order_api_urls="http://localhost:1",
    inventory_api_urls="http://localhost:2",
    jwks_url="http://localhost:1",
    sealing_key="a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=",
    fault_plans=True,
)
Place = tuple[str, str]


def served() -> Iterator[tuple[Place, Any]]:
    """Every path and method of the application, and the endpoint that answers there."""
    for route in iter_route_contexts(create_app(SETTINGS).routes):
        for method in (route.methods or {SOCKET}) - {"HEAD"}:
            yield (str(route.path), method), route.endpoint


SERVED = dict(served())


def test_every_endpoint_has_one_row_and_every_row_its_endpoint() -> None:
    rows = [(route.path, method) for route in ROUTES for method in route.methods]
    assert sorted(rows) == sorted(SERVED)


@pytest.mark.parametrize("place", SERVED, ids=" ".join)
def test_an_endpoint_asks_for_a_token_just_where_its_row_names_scopes(place: Place) -> None:
    (row,) = (route for route in ROUTES if route.path == place[0] and place[1] in route.methods)
    calls = called_by(SERVED[place]) & {"authorise", "authorise_stream"}
    wanted = "authorise_stream" if row.ticket else "authorise"
    assert calls == ({wanted} if row.scopes else set())


def test_a_limit_is_kept_where_no_token_is_asked_for() -> None:
    """Where one is asked for, `authorise` counts."""
    for route in iter_route_contexts(create_app(SETTINGS).routes):
        counts = [one.dependency for one in getattr(route, "dependencies", None) or ()]
        for row in ROUTES:
            if row.path == route.path and not row.scopes:
                assert (limit_address in counts) == (row.limit is not None), row


def test_no_request_is_given_to_a_thread() -> None:
    """A plain function would be: that costs more than most of these take."""
    routes = [*iter_route_contexts(create_app(SETTINGS).routes)]
    dependencies = {
        one.dependency for route in routes for one in getattr(route, "dependencies", None) or ()
    }
    assert dependencies, "there are some for the whole application"
    called = [*(route.endpoint for route in routes), *dependencies]
    assert [one for one in called if not inspect.iscoroutinefunction(one)] == []


def test_a_head_request_has_the_row_of_a_get() -> None:
    class Home:
        path = "/"

    scope = {"type": "http", "method": "HEAD", "route": Home()}
    assert route_of(scope) == route_of(scope | {"method": "GET"})


def called_by(endpoint: Any) -> set[str]:
    """The names of the functions that an endpoint calls itself."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(endpoint)))
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {call.id for call in calls if isinstance(call, ast.Name)}
