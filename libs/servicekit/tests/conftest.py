"""What a service's process is told, and a little stock."""

import pytest
from servicekit import open_pool
from testkit import ports


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
    """A port that nobody listens on; the same one for all of a test."""
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
