"""Sending mail over one SMTP connection that is kept open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import Message

import aiosmtplib

from notifier.mail_answers import sorted_out

TIMEOUT_S = 10.0


class Mailer:
    """An SMTP client. One message at a time; a lost connection is made again for the next."""

    def __init__(self, client: aiosmtplib.SMTP) -> None:
        self._client = client
        self._turn = asyncio.Lock()

    async def send(self, message: Message) -> None:
        """Hand a message to the server.

        Raises:
            RecipientRefusedError: it will never take mail for this recipient.
            messaging.RefusedError: it will never take this message.
            messaging.TryAgainError: it says: not now.
            messaging.NoAnswerError: nobody knows whether it has the message.
        """
        async with self._turn:
            try:
                if not self._client.is_connected:
                    await self._client.connect()
                await self._client.send_message(message)
            except (aiosmtplib.SMTPException, OSError, ValueError) as error:
                # Whatever was said, the next message begins at the beginning.
                self._client.close()
                raise sorted_out(error, recipient=message["To"]) from error


@asynccontextmanager
async def connect(host: str, port: int) -> AsyncIterator[Mailer]:
    """A mailer for the server at this address; connects when the first message is sent."""
    client = aiosmtplib.SMTP(hostname=host, port=port, timeout=TIMEOUT_S)
    try:
        yield Mailer(client)
    finally:
        client.close()
