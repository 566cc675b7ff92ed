"""Running the notifier's worker: the agent, the mail server that its commands go to, and webhooks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from messaging.worker import Outside, Worker
from servicekit import Sealer, load_settings

from notifier.agents import agent
from notifier.commands import Post, commands
from notifier.mail import connect
from notifier.settings import NotifierSettings
from notifier.unit_of_work import NotifierWork
from notifier.webhooks.delivering import deliver_webhooks, forget_old_webhooks
from notifier.webhooks.targets import Targets


def run() -> None:
    """Hear, handle and relay events; send mail and webhooks."""
    settings = load_settings(NotifierSettings)
    sealer = Sealer(settings.sealing_key)

    @asynccontextmanager
    async def post() -> AsyncIterator[Post]:
        async with connect(settings.smtp_host, settings.smtp_port) as mailer:
            yield Post(mailer, sealer)

    outside = Outside(commands=commands, connect=post, ask_for_s=settings.ask_for_s)
    targets = Targets(private=settings.webhook_private_targets)
    Worker(
        settings=settings,
        agent=agent,
        work_type=NotifierWork,
        outside=outside,
        chores=(deliver_webhooks(sealer, targets), forget_old_webhooks),
    ).run()
