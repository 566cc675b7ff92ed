"""A notifier's database, its API as a process, and a customer's system that takes webhooks."""

import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack

import asyncpg
import httpx
import pytest
from privacy import Sealer
from pydantic import SecretStr
from servicekit import migrations, open_pool
from serving.notifier_api import KEY, notifier_api
from testkit.simulators import Simulator, running
from testkit.waiting import TIMEOUT_S
from webhook_stage import Hook

HOLDERS = """
    SELECT pid, mode, backend_type, application_name, state, now() - xact_start AS held_for, query
    FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE granted AND relation IN
        ('webhook_subscriptions'::regclass, 'webhook_deliveries'::regclass)
"""


@pytest.fixture(scope="session")
def database_url(postgres: Callable[[], str]) -> str:
    url = postgres()
    migrations.upgrade("notifier", url)
    return url


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[asyncpg.Pool]:
    opened = await open_pool(database_url)
    yield opened
    try:
        await opened.execute("TRUNCATE webhook_subscriptions, webhook_deliveries")
    except asyncpg.LockNotAvailableError:
        holders = [dict(one) for one in await opened.fetch(HOLDERS)]
        raise AssertionError(
            f"the tables cannot be emptied while they are held: {holders}"
        ) from None
    finally:
        await opened.close()


@pytest.fixture
def sealer() -> Sealer:
    return Sealer(SecretStr(KEY))


@pytest.fixture
def customer() -> str:
    """Somebody new."""
    return f"cus_{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def subscriber(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running("subscriber", tmp_path_factory.mktemp("subscriber")) as simulator:
        yield simulator


@pytest.fixture(scope="session")
def start_api(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., httpx.Client]]:
    """Starts the API as a process with some settings, and gives a client for it."""
    with ExitStack() as started:

        def start(**environment: str) -> httpx.Client:
            log = tmp_path_factory.mktemp("api") / "log"
            url = started.enter_context(notifier_api(database_url, log, **environment))
            return started.enter_context(httpx.Client(base_url=url, timeout=TIMEOUT_S))

        yield start


@pytest.fixture(scope="session")
def api(start_api: Callable[..., httpx.Client]) -> httpx.Client:
    """One that allows the subscriber of these tests, which is no public host."""
    return start_api(WEBHOOK_PRIVATE_TARGETS="true", MAX_WEBHOOKS="3")


@pytest.fixture
def hook(subscriber: Simulator, api: httpx.Client, customer: str, pool: asyncpg.Pool) -> Hook:
    return Hook(subscriber, api, customer)
