"""An SMTP server in the same loop as the HTTP one."""

import asyncio
import socket
from typing import cast

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session
from simkit import Switches

from postbox.fault_switches import MailBehaviour
from postbox.mails import Mails

HANG_UP = 421
UNREADABLE = {
    "garbage": "this is no reply",
    "empty": "",
    "too_large": "\r\n".join(["250-and so on"] * 100_000),
}
_log = structlog.get_logger(__name__)


class MailHandler:
    """SMTP handler that keeps each message before saying so, or refuses as the switches say."""

    def __init__(self, mails: Mails, switches: Switches[MailBehaviour]) -> None:
        self._mails = mails
        self._switches = switches
        self._greets = True

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self,
        server: SMTP,
        session: Session,
        _envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        """Greet a client with what the server can do."""
        session.host_name = hostname
        refusal = self._refusal(server, "EHLO")
        self._greets = refusal is None
        return responses if refusal is None else [refusal]

    async def handle_HELO(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str
    ) -> str:
        """Greet a client that has been refused a greeting as it was before, or never asked."""
        session.host_name = hostname
        return "250 postbox" if self._greets else f"{self._switches.now.refuse_code} Still not"

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self,
        server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        mail_options: list[str],
    ) -> str:
        """Take the sender of a message."""
        now = self._switches.now
        if now.refuse_at == "EHLO" and now.refuse_next:
            return self._hang_up(server)  # it has to come and be greeted
        if (refusal := self._refusal(server, "MAIL")) is not None:
            return refusal
        envelope.mail_from = address
        envelope.mail_options.extend(mail_options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        """Take a recipient of a message."""
        if (refusal := self._refusal(server, "RCPT")) is not None:
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(rcpt_options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Answer a message that has arrived whole."""
        await asyncio.sleep(self._switches.now.delay_ms / 1000)
        if (refusal := self._refusal(server, "DATA")) is not None:
            return refusal
        content = envelope.original_content or b""
        self._mails.keep(content, envelope.mail_from or "", envelope.rcpt_tos)
        if self._switches.take("lose_answer_next"):
            _connection(server).abort()
        return "250 2.0.0 Kept"

    def _refusal(self, server: SMTP, step: str) -> str | None:
        """Return what to say at this step instead of yes, if it is time to."""
        now = self._switches.now
        if now.refuse_at != step or not self._switches.take("refuse_next"):
            return None
        if now.refuse_with != "code":
            return UNREADABLE[now.refuse_with]
        if now.refuse_code == HANG_UP:
            return self._hang_up(server)
        return f"{now.refuse_code} {now.refuse_code // 100}.3.0 No, as it was asked to"

    def _hang_up(self, server: SMTP) -> str:
        # The answer is written first: it is sent before this callback's turn.
        server.loop.call_soon(_connection(server).close)
        return "421 4.3.2 Closing the connection, as it was asked to"


def _connection(server: SMTP) -> asyncio.WriteTransport:
    return cast("asyncio.WriteTransport", server.transport)


async def serve_smtp(listener: socket.socket, handler: MailHandler) -> asyncio.Server:
    """Take mail on a port that is already ours."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(handler, hostname="postbox", enable_SMTPUTF8=True, loop=loop), sock=listener
    )
    host, port = listener.getsockname()[:2]
    _log.info("serving_smtp", at=f"{host}:{port}")
    return server
