"""What a mail server's replies mean, by their codes and by the step at which they come.

See RFC 5321, 4.2.1 (the first digit decides) and 4.2.4.2 (what a server may say at which step).
"""

from enum import StrEnum

import aiosmtplib
from messaging import NoAnswerError, RefusedError, Sort, TryAgainError, reason_of

TRANSIENT, PERMANENT = 4, 5


class Step(StrEnum):
    """The step at which the server replied."""

    GREETING = "greeting"
    SENDER = "sender"
    RECIPIENT = "recipient"
    MESSAGE = "message"


NEVER = {
    # About us or the server itself, and not about the message: it passes, or an operator fixes it.
    Step.GREETING: Sort.TRY_AGAIN,
    Step.SENDER: Sort.FINAL,
    Step.RECIPIENT: Sort.NO,
    Step.MESSAGE: Sort.FINAL,
}
"""What a permanent negative reply means."""
STEPS: dict[type[aiosmtplib.SMTPException], Step] = {
    aiosmtplib.SMTPConnectResponseError: Step.GREETING,
    aiosmtplib.SMTPHeloError: Step.GREETING,
    aiosmtplib.SMTPSenderRefused: Step.SENDER,
    aiosmtplib.SMTPRecipientRefused: Step.RECIPIENT,
    aiosmtplib.SMTPDataError: Step.MESSAGE,
}


NEVER_SENT = (ValueError, aiosmtplib.SMTPNotSupported)
"""The client will not even begin: the address is none, or one that this server cannot write."""


class RecipientRefusedError(Exception):
    """The server will never take mail for this recipient."""


def sort(step: Step, code: int) -> Sort:
    """Return what a reply that is no yes means; one that SMTP does not know says nothing."""
    if code // 100 == PERMANENT:
        return NEVER[step]
    return Sort.TRY_AGAIN if code // 100 == TRANSIENT else Sort.UNKNOWN


def sorted_out(error: Exception, *, recipient: str) -> Exception:
    """Return what is to be raised instead of what the client has raised."""
    if isinstance(error, NEVER_SENT):
        return RefusedError(reason_of(f"cannot be sent: {error}", (recipient,)))
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        error = error.recipients[0]  # each message has one
    step = STEPS.get(type(error)) if isinstance(error, aiosmtplib.SMTPException) else None
    if step is None or not isinstance(error, aiosmtplib.SMTPResponseException):
        return NoAnswerError(reason_of(f"no answer: {type(error).__name__} {error}", (recipient,)))
    words = reason_of(f"{error.code} at the {step}: {error.message}", (recipient,))
    match sort(step, error.code):
        case Sort.NO:
            return RecipientRefusedError(words)
        case Sort.FINAL:
            return RefusedError(words)
        case Sort.TRY_AGAIN:
            return TryAgainError(words)
        case _:
            return NoAnswerError(words)
