"""Running the notifier's worker: the agent, and the mail server that its commands go to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from messaging.worker import Outside, Worker
from servicekit import Sealer, load_settings

from notifier.agents import agent
from notifier.commands import Post, commands
from notifier.mail import connect
from notifier.settings import NotifierSettings
from notifier.unit_of_work import NotifierWork


def run() -> None:
    """Hear, handle and relay events; send mail."""
    settings = load_settings(NotifierSettings)

    @asynccontextmanager
    async def post() -> AsyncIterator[Post]:
        async with connect(settings.smtp_host, settings.smtp_port) as mailer:
            yield Post(mailer, Sealer(settings.sealing_key))

    outside = Outside(commands=commands, connect=post)
    Worker(settings=settings, agent=agent, work_type=NotifierWork, outside=outside).run()
