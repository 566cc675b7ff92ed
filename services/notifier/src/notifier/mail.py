"""Sending mail over one SMTP connection that is kept open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import Message

import aiosmtplib

TIMEOUT_S = 10.0
PERMANENT = 500


class RecipientRefusedError(Exception):
    """The server will never take mail for this recipient."""


class Mailer:
    """An SMTP client. One message at a time; a lost connection is made again for the next."""

    def __init__(self, client: aiosmtplib.SMTP) -> None:
        self._client = client
        self._turn = asyncio.Lock()

    async def send(self, message: Message) -> None:
        """Hand a message to the server.

        Raises:
            RecipientRefusedError: it refused the recipient for good.
            aiosmtplib.SMTPException: it did not take the message; try again.
        """
        async with self._turn:
            if not self._client.is_connected:
                await self._client.connect()
            try:
                await self._client.send_message(message)
            except aiosmtplib.SMTPRecipientsRefused as error:
                if all(refusal.code >= PERMANENT for refusal in error.recipients):
                    raise RecipientRefusedError from error
                raise


@asynccontextmanager
async def connect(host: str, port: int) -> AsyncIterator[Mailer]:
    """A mailer for the server at this address; connects when the first message is sent."""
    client = aiosmtplib.SMTP(hostname=host, port=port, timeout=TIMEOUT_S)
    try:
        yield Mailer(client)
    finally:
        if client.is_connected:
            client.close()
