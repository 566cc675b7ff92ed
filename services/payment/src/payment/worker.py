"""Running payment's worker: the agent, the provider that its commands go to, and its notices."""

from messaging.worker import Outside, Worker
from servicekit import load_settings

from payment.agents import agent
from payment.commands import commands
from payment.overdue_captures import watch_captures
from payment.provider import connect
from payment.settings import PaymentSettings
from payment.taking_notice import forget_old_notices, take_notice
from payment.unit_of_work import PaymentWork


def run() -> None:
    """Hear, handle and relay events; ask the provider."""
    settings = load_settings(PaymentSettings)
    outside = Outside(
        commands=commands,
        connect=lambda: connect(settings.provider_url),
        ask_for_s=settings.ask_for_s,
    )
    Worker(
        settings=settings,
        agent=agent,
        work_type=PaymentWork,
        outside=outside,
        chores=(take_notice, forget_old_notices, watch_captures(settings.review_after_tries)),
    ).run()
