"""Metrics of mail: how long the mail server takes, and what it says."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from messaging import RefusedError
from servicekit.metrics import Vocabulary

from notifier.mail_answers import RecipientRefusedError

SENT, REFUSED, FAILED = "sent", "refused", "failed"
NO = (RefusedError, RecipientRefusedError)
SMTP_SECONDS = Vocabulary("notifier-worker").histogram(
    "smtp_seconds",
    "Handing one mail to the server, connecting included: sent, refused for good, or failed, to be "
    "tried again. A command takes longer: mails wait for their turn.",
    "outcome",
)


@contextmanager
def timed_mail() -> Iterator[None]:
    """Time one mail by what came of it."""
    begun, outcome = perf_counter(), FAILED
    try:
        yield
        outcome = SENT
    except NO:
        outcome = REFUSED
        raise
    finally:
        SMTP_SECONDS.labels(outcome).observe(perf_counter() - begun)
