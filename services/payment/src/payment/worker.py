"""Running payment's worker: the agent, the provider that its commands go to, and its webhooks."""

from messaging import ExternalClient, Worker
from servicekit import load_settings

from payment.agents import agent
from payment.capture_monitor import watch_captures
from payment.commands import commands
from payment.provider import connect
from payment.settings import PaymentSettings
from payment.unit_of_work import PaymentWork
from payment.webhook_inbox import process_webhooks, purge_webhooks


def run() -> None:
    """Consume, handle and relay events; ask the provider."""
    settings = load_settings(PaymentSettings)
    external_client = ExternalClient(
        commands=commands,
        connect=lambda: connect(settings.provider_url),
        ask_for_s=settings.ask_for_s,
    )
    Worker(
        settings=settings,
        agent=agent,
        work_type=PaymentWork,
        external_client=external_client,
        background_tasks=(
            process_webhooks,
            purge_webhooks,
            watch_captures(settings.review_after_tries),
        ),
    ).run()
