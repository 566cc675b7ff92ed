"""Running the notifier's worker: the agent, the mail server that its commands go to, and webhooks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from messaging import ExternalClient, Worker
from privacy import Sealer
from servicekit import load_settings

from notifier.agents import agent
from notifier.commands import Post, commands
from notifier.mail import connect
from notifier.settings import NotifierSettings
from notifier.unit_of_work import NotifierWork
from notifier.webhooks.delivering import deliver_webhooks, forget_old_webhooks


def run() -> None:
    """Consume, handle and relay events; send mail and webhooks."""
    settings = load_settings(NotifierSettings)
    sealer = Sealer(settings.sealing_key)

    @asynccontextmanager
    async def post() -> AsyncIterator[Post]:
        async with connect(settings.smtp_host, settings.smtp_port) as mailer:
            yield Post(mailer, sealer)

    external_client = ExternalClient(commands=commands, connect=post, ask_for_s=settings.ask_for_s)
    Worker(
        settings=settings,
        agent=agent,
        work_type=NotifierWork,
        external_client=external_client,
        background_tasks=(deliver_webhooks(sealer, settings.targets), forget_old_webhooks),
    ).run()
