"""Sending mail over one SMTP connection that is kept open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import Message

import aiosmtplib
from tracing import calling
from tracing.names import SERVER_ADDRESS, SERVER_PORT
from tracing.span import Value

from notifier.mail_answers import sorted_out
from notifier.metrics import timed_mail

TIMEOUT_S = 10.0


class Mailer:
    """An SMTP client. One message at a time; a lost connection is made again for the next."""

    def __init__(self, client: aiosmtplib.SMTP, host: str, port: int) -> None:
        self._client = client
        self._server: dict[str, Value] = {SERVER_ADDRESS: host, SERVER_PORT: port}
        self._turn = asyncio.Lock()

    async def send(self, message: Message) -> None:
        """Hand a message to the server, as a span that says nothing of whom it is for.

        Raises:
            RecipientRefusedError: it will never take mail for this recipient.
            messaging.RefusedError: it will never take this message.
            messaging.TryAgainError: it says: not now.
            messaging.NoAnswerError: it is unknown whether it has the message.
        """
        with calling("SMTP send", dict(self._server)):
            await self._send(message)

    async def _send(self, message: Message) -> None:
        async with self._turn:
            with timed_mail():
                await self._hand_over(message)

    async def _hand_over(self, message: Message) -> None:
        try:
            if not self._client.is_connected:
                await self._client.connect()
            # The header is not searched for addresses: this is the one.
            await self._client.send_message(message, recipients=[str(message["To"])])
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            # Whatever was said, the next message begins at the beginning.
            self._client.close()
            raise sorted_out(error, recipient=message["To"]) from error


@asynccontextmanager
async def connect(host: str, port: int) -> AsyncIterator[Mailer]:
    """Open a mailer for the server at this address; it connects when the first message is sent."""
    client = aiosmtplib.SMTP(hostname=host, port=port, timeout=TIMEOUT_S)
    try:
        yield Mailer(client, host, port)
    finally:
        client.close()
