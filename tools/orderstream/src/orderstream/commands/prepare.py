"""`orderstream prepare`: make what a system in containers needs before its services start."""

import asyncio

from stack import DATABASES, Settings, create_database, create_topics, load, steps_for
from stack.keys import make_secrets
from stack.opening_stock import require_same_currency, write_catalogue

from orderstream.formatting import console

EXAMPLES = ("prepare   # a job of docker-compose.yml runs it",)


def run() -> None:
    """Make topics, databases, secrets and the catalogue, as far as they are not there yet.

    Natively `up` does this by itself. In containers a job does it once, before any service starts;
    secrets and catalogue are files in ORDERSTREAM_STATE_DIR, which the services are given to read.
    """
    asyncio.run(_prepare(load()))


async def _prepare(settings: Settings) -> None:
    with steps_for(console()) as steps:
        with steps.step("secrets made"):
            make_secrets(settings.state_dir)
        with steps.step("catalogue written"):
            require_same_currency(settings)
            write_catalogue(settings)
        with steps.step("databases made"):
            for name in DATABASES.values():
                await create_database(settings, name)
        with steps.step("topics created"):
            await create_topics(settings)
