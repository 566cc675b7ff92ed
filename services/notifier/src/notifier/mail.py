"""Sending mail over a few SMTP connections that are kept open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiosmtplib
from tracing import calling
from tracing.names import SERVER_ADDRESS, SERVER_PORT
from tracing.span import Value

from notifier.mail_answers import sorted_out
from notifier.messages import SENDER_ADDRESS
from notifier.metrics import timed_mail
from notifier.mime import Mail

TIMEOUT_S = 10.0
CONNECTIONS = 4
"""At one time. Servers take some from one client, and not many."""
OTHER_LETTERS = ("SMTPUTF8", "BODY=8BITMIME")


class Mailer:
    """An SMTP client. A lost connection is made again for the next message that is sent over it."""

    def __init__(self, host: str, port: int) -> None:
        # The one that was used last is used first: with little to send, one is open.
        self._free: asyncio.LifoQueue[aiosmtplib.SMTP] = asyncio.LifoQueue()
        for _ in range(CONNECTIONS):
            client = aiosmtplib.SMTP(hostname=host, port=port, timeout=TIMEOUT_S)
            self._free.put_nowait(client)
        self._server: dict[str, Value] = {SERVER_ADDRESS: host, SERVER_PORT: port}

    async def send(self, mail: Mail) -> None:
        """Hand a message to the server, as a span that says nothing of whom it is for.

        Raises:
            RecipientRefusedError: it will never take mail for this recipient.
            messaging.RefusedError: it will never take this message.
            messaging.TryAgainError: it says: not now.
            messaging.NoAnswerError: it is unknown whether it has the message.
        """
        with calling("SMTP send", dict(self._server)):
            client = await self._free.get()
            try:
                with timed_mail():
                    await _hand_over(client, mail)
            finally:
                self._free.put_nowait(client)

    def close(self) -> None:
        """Close the connections that nothing is sent over."""
        while not self._free.empty():
            self._free.get_nowait().close()


async def _hand_over(client: aiosmtplib.SMTP, mail: Mail) -> None:
    try:
        if not client.is_connected:
            await client.connect()  # it ends when the server has greeted
        await client.sendmail(
            SENDER_ADDRESS,
            [mail.recipient],
            mail.raw,
            mail_options=() if mail.recipient.isascii() else OTHER_LETTERS,
        )
    except asyncio.CancelledError:
        client.close()
        raise
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        # Whatever was said, the next message begins at the beginning.
        client.close()
        raise sorted_out(error, recipient=mail.recipient) from error


@asynccontextmanager
async def connect(host: str, port: int) -> AsyncIterator[Mailer]:
    """Open a mailer for the server at this address; it connects when messages are sent."""
    mailer = Mailer(host, port)
    try:
        yield mailer
    finally:
        mailer.close()
