"""The door for mail: an SMTP server in the same loop as the HTTP one."""

import asyncio
import logging
import socket
from typing import cast

from aiosmtpd.smtp import SMTP, Envelope, Session
from simkit import Switches

from postbox.behaviour import MailBehaviour
from postbox.mails import Mails

HANG_UP = 421
_log = logging.getLogger("postbox")


class Door:
    """Takes each message, keeps it before saying so, or refuses as the switches say."""

    def __init__(self, mails: Mails, switches: Switches[MailBehaviour]) -> None:
        self._mails = mails
        self._switches = switches

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Answer a message that has arrived whole."""
        await asyncio.sleep(self._switches.now.delay_ms / 1000)
        if self._switches.take("refuse_next"):
            return self._refuse(server)
        content = envelope.original_content or b""
        self._mails.keep(content, envelope.mail_from or "", envelope.rcpt_tos)
        if self._switches.take("lose_answer_next"):
            _connection(server).abort()
        return "250 2.0.0 Kept"

    def _refuse(self, server: SMTP) -> str:
        if self._switches.now.refuse_code == HANG_UP:
            # The answer is written first: it is sent before this callback's turn.
            server.loop.call_soon(_connection(server).close)
            return "421 4.3.2 Closing the connection, as it was asked to"
        return "451 4.3.0 Not now, as it was asked to"


def _connection(server: SMTP) -> asyncio.WriteTransport:
    return cast("asyncio.WriteTransport", server.transport)


async def open_door(listener: socket.socket, door: Door) -> asyncio.Server:
    """Take mail on a port that is already ours."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(door, hostname="postbox", enable_SMTPUTF8=True, loop=loop), sock=listener
    )
    host, port = listener.getsockname()[:2]
    _log.info("takes mail on %s:%s", host, port)
    return server
