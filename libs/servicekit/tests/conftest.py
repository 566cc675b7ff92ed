"""What a service's process is told, and a little stock."""

from collections.abc import AsyncIterator
from functools import partial

import pytest
from echoing import Echo
from servicekit import open_pool
from servicekit.http.crowd import Crowd
from servicekit.http.protocol import StrictProtocol
from testkit import ports
from testkit.serving import served


@pytest.fixture
def environment(monkeypatch, free_port):
    """The environment of a process whose settings are right; call it to change some of them."""

    def change(**variables: str) -> dict[str, str]:
        right = {"DATABASE_URL": "postgresql://shop@127.0.0.1:1/shop", "HTTP_PORT": str(free_port)}
        for name, value in (right | variables).items():
            monkeypatch.setenv(name, value)
        return right | variables

    return change


@pytest.fixture
def free_port() -> int:
    """A port that no process listens on; the same one for all of a test."""
    return ports.free_port()


@pytest.fixture
async def pool(postgres):
    """A pool on a new database with a little stock."""
    async with await open_pool(postgres()) as pool:
        await pool.execute(
            "CREATE TABLE stock (sku text PRIMARY KEY, units int CHECK (units >= 0))"
        )
        await pool.execute("INSERT INTO stock VALUES ('MUG', 3), ('CUP', 3)")
        yield pool


@pytest.fixture
def echo() -> Echo:
    """An application that echoes requests."""
    return Echo()


@pytest.fixture
async def url(echo: Echo) -> AsyncIterator[str]:
    """The address at which it is served by our protocol."""
    http = partial(StrictProtocol, Crowd(1000))
    async with served(echo, http=http, lifespan="off", loop="none") as url:
        yield url
