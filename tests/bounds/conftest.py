"""The neighbours as they are: a payment provider, a carrier and a mail server, each a process."""

import base64
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack

import notifier.mail
import payment.provider
import pytest
import shipping.carrier
from bounds.neighbours import Neighbours
from privacy import Sealer
from pydantic import SecretStr
from testkit.ports import free_port
from testkit.simulators import Simulator, running

AT_ONCE = {"LATENCY_MS_MAX": "0"}


@pytest.fixture(scope="session")
def smtp_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def outside(
    tmp_path_factory: pytest.TempPathFactory, smtp_port: int
) -> Iterator[dict[str, Simulator]]:
    """The simulators by their names."""
    environments = {"psp": AT_ONCE, "carrier": AT_ONCE, "postbox": {"SMTP_PORT": str(smtp_port)}}
    with ExitStack() as processes:
        yield {
            name: processes.enter_context(running(name, tmp_path_factory.mktemp(name), **settings))
            for name, settings in environments.items()
        }


@pytest.fixture(scope="session")
async def neighbours(outside: dict[str, Simulator], smtp_port: int) -> AsyncIterator[Neighbours]:
    """The neighbours as the services speak to them."""
    sealer = Sealer(SecretStr(base64.b64encode(b"k" * 32).decode()))
    async with (
        payment.provider.connect(outside["psp"].url) as provider,
        shipping.carrier.connect(outside["carrier"].url) as carrier,
        notifier.mail.connect("127.0.0.1", smtp_port) as mailer,
    ):
        yield Neighbours(provider, carrier, mailer, sealer)
