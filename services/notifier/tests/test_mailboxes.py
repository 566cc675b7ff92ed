"""To whom a mail goes: exactly one mailbox, whatever letters it is written in."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope
from events import Money
from messaging import RefusedError
from notifier.mail import connect
from notifier.mail_answers import RecipientRefusedError
from notifier.mailbox import mailbox_of
from notifier.messages import compose
from notifier.mime import Mail
from privacy import PersonalData

PUNYCODE = "xn--bcher-kva.example"


class Server:
    """A mail server and what it was given."""

    def __init__(self) -> None:
        self.took: list[Envelope] = []
        self.port = 0

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        self.took.append(envelope)
        return "250 taken"


@pytest.fixture(params=[True, False], ids=["with SMTPUTF8", "without"])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    found, loop = Server(), asyncio.get_running_loop()
    listening = await loop.create_server(
        lambda: SMTP(found, hostname="x", enable_SMTPUTF8=request.param, loop=loop), "127.0.0.1", 0
    )
    found.port = listening.sockets[0].getsockname()[1]
    yield found
    listening.close()


def to(email: str) -> Mail:
    address = {"name": "Ada", "street": "1", "city": "York", "postcode": "1", "country": "GB"}
    return compose(
        "order_shipped",
        "ord_1",
        PersonalData(email=email, **address),
        total=Money(amount=1, currency="GBP"),
        reason=None,
        tracking_code="T1",
    )


async def test_a_host_of_another_script_takes_no_special_server(server: Server) -> None:
    async with connect("127.0.0.1", server.port) as mailer:
        await mailer.send(to("ada@b\u00fccher.example"))
    (took,) = server.took
    assert took.rcpt_tos == [f"ada@{PUNYCODE}"]
    assert f"To: ada@{PUNYCODE}".encode() in took.content


async def test_a_mailbox_of_other_letters_takes_one_or_is_refused_for_good(
    server: Server, request: pytest.FixtureRequest
) -> None:
    async with connect("127.0.0.1", server.port) as mailer:
        if request.node.callspec.params["server"]:
            await mailer.send(to("j\u00fcrgen@example.com"))
            (took,) = server.took
            assert took.rcpt_tos == ["j\u00fcrgen@example.com"]
            assert "To: j\u00fcrgen@example.com".encode() in took.content
        else:
            with pytest.raises(RefusedError, match="SMTPUTF8"):
                await mailer.send(to("j\u00fcrgen@example.com"))


@pytest.mark.parametrize(
    "email",
    ["bob,carol@example.com", "a@b@example.com", "Bob <bob@example.com>", "a@xn--\u00fc.example"],
)
def test_what_reads_as_several_addresses_is_written_to_by_nobody(email: str) -> None:
    with pytest.raises(RecipientRefusedError):
        mailbox_of(email)


def test_an_address_in_ascii_stays_as_it_is() -> None:
    assert mailbox_of("O'Brien+x=1@Sub.Example.com") == "O'Brien+x=1@Sub.Example.com"
