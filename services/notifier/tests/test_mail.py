"""What a mail server's replies mean, code by code and step by step, and against one that misbehaves."""

import asyncio

import aiosmtplib
import pytest
from aiosmtpd.smtp import SMTP
from messaging import NoAnswerError, RefusedError, Sort, TryAgainError
from notifier.mail import CONNECTIONS, connect
from notifier.mail_answers import RecipientRefusedError, Step, sort, sorted_out
from notifier.mime import write_mail
from servicekit.metrics import registry
from testkit.ports import free_port
from testkit.simulators import running
from testkit.spans import recorded_spans
from testkit.waiting import until
from tracing import Attempt, TraceContext, attempting, use_trace
from tracing.conventions import faults
from tracing.otlp import encode

ADA = "ada.secret@example.org"


@pytest.mark.parametrize("code", [400, 421, 450, 451, 452, 455, 499])
@pytest.mark.parametrize("step", Step)
def test_a_transient_reply_means_not_now(step, code):
    assert sort(step, code) is Sort.TRY_AGAIN


@pytest.mark.parametrize("code", [500, 521, 530, 550, 551, 552, 553, 554, 555, 556, 599])
def test_a_permanent_reply_means_never_of_what_it_is_about(code):
    assert sort(Step.GREETING, code) is Sort.TRY_AGAIN
    assert sort(Step.SENDER, code) is Sort.FINAL
    assert sort(Step.RECIPIENT, code) is Sort.NO
    assert sort(Step.MESSAGE, code) is Sort.FINAL


@pytest.mark.parametrize("code", [-1, 0, 99, 220, 250, 354, 600, 999])
def test_what_is_no_reply_says_nothing(code):
    assert {sort(step, code) for step in Step} == {Sort.UNKNOWN}


class Postbox:
    def __init__(self, simulator, port):
        self.http, self.port = simulator.http, port

    def behave(self, **switches):
        self.http.put("/admin/behaviour", json=switches).raise_for_status()

    @property
    def mails(self):
        return self.http.get("/api/v1/messages").json()["total"]


@pytest.fixture(scope="session")
def process(tmp_path_factory):
    port = free_port()
    folder = tmp_path_factory.mktemp("postbox")
    with running("postbox", folder, SMTP_PORT=str(port)) as simulator:
        yield Postbox(simulator, port)


@pytest.fixture
def postbox(process):
    process.http.post("/admin/reset").raise_for_status()
    return process


@pytest.fixture
async def mailer(postbox):
    async with connect("127.0.0.1", postbox.port) as client:
        yield client


@pytest.fixture
def mail():
    headers = {"To": ADA, "Subject": "On its way", "Message-ID": "<1@example.org>"}
    return write_mail(headers, "Hello", "<p>Hello</p>")


@pytest.mark.parametrize(
    ("step", "code", "error", "words"),
    [
        ("DATA", 554, RefusedError, "554 at the message: 5.3.0 No"),
        ("DATA", 550, RefusedError, "550 at the message"),
        ("MAIL", 553, RefusedError, "553 at the sender"),
        ("RCPT", 550, RecipientRefusedError, "550 at the recipient"),
        ("EHLO", 554, TryAgainError, "554 at the greeting"),
        ("DATA", 451, TryAgainError, "451 at the message"),
        ("DATA", 421, TryAgainError, "421 at the message"),
        ("MAIL", 451, TryAgainError, "451 at the sender"),
        ("RCPT", 450, TryAgainError, "450 at the recipient"),
        ("EHLO", 421, TryAgainError, "421 at the greeting"),
    ],
)
async def test_a_refusal_is_reported_by_its_step_and_the_next_mail_is_sent(
    postbox, mailer, mail, *, step, code, error, words
):
    postbox.behave(refuse_next=1, refuse_at=step, refuse_code=code)
    with pytest.raises(error, match=words):
        await mailer.send(mail)
    postbox.behave()
    await mailer.send(mail)
    assert postbox.mails == 1


@pytest.mark.parametrize("step", ["EHLO", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("what", ["garbage", "empty", "too_large"])
async def test_what_is_no_reply_is_no_answer(postbox, mailer, mail, step, what):
    postbox.behave(refuse_next=1, refuse_at=step, refuse_with=what)
    with pytest.raises(NoAnswerError) as found:
        await mailer.send(mail)
    assert type(found.value) is NoAnswerError
    postbox.behave()
    await mailer.send(mail)


async def test_a_server_that_is_not_there_is_no_answer(mail):
    async with connect("127.0.0.1", 1) as nobody:
        with pytest.raises(NoAnswerError, match=r"^no answer: SMTPConnectError"):
            await nobody.send(mail)


@pytest.mark.parametrize("error", [ValueError, aiosmtplib.SMTPNotSupported])
def test_what_the_client_will_not_even_begin_is_refused_without_telling_whom(error):
    found = sorted_out(error(f"{ADA} is no address"), recipient=ADA)
    assert isinstance(found, RefusedError)
    assert found.reason == "cannot be sent: (masked) is no address"


async def test_the_span_of_a_mail_says_nothing_of_whom_it_is_for(postbox, mailer, mail):
    trace = TraceContext.new()
    with recorded_spans() as spans, use_trace(trace), attempting(Attempt("ord_1")):
        await mailer.send(mail)
        span = spans.one("SMTP send")
    assert (span.parent_id, span.attributes["messaging.message.conversation_id"]) == (
        trace.span_id,
        "ord_1",
    )
    assert span.attributes["server.port"] == postbox.port
    assert faults(span) == []
    assert ADA.encode() not in encode([span], {})


def told(outcome: str) -> float:
    """How many mails were timed that ended so."""
    name, labels = "orderstream_smtp_seconds_count", {"outcome": outcome}
    return registry.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize(
    ("step", "code", "outcome"),
    [("RCPT", 550, "refused"), ("DATA", 554, "refused"), ("DATA", 451, "failed")],
)
async def test_a_mail_is_timed_by_what_came_of_it(postbox, mailer, mail, *, step, code, outcome):
    before = {one: told(one) for one in ("sent", "refused", "failed")}
    postbox.behave(refuse_next=1, refuse_at=step, refuse_code=code)
    with pytest.raises((RefusedError, RecipientRefusedError, TryAgainError)):
        await mailer.send(mail)
    postbox.behave()
    await mailer.send(mail)
    grown = {one: told(one) - number for one, number in before.items()}
    assert grown == dict.fromkeys(before, 0) | {outcome: 1, "sent": 1}


class SlowServer:
    """A mail server that takes messages when it may, and counts who is connected."""

    def __init__(self):
        self.may_take = asyncio.Event()
        self.connected, self.waiting, self.took = set(), 0, 0

    async def handle_DATA(self, server, _session, _envelope):  # noqa: N802  # aiosmtpd's name
        self.connected.add(server)
        self.waiting += 1
        await self.may_take.wait()
        self.waiting -= 1
        self.took += 1
        return "250 taken"


async def test_a_few_mails_at_a_time_are_sent_each_over_a_connection_that_is_kept(mail):
    slow, loop = SlowServer(), asyncio.get_running_loop()
    listening = await loop.create_server(lambda: SMTP(slow, loop=loop), "127.0.0.1", 0)
    async with listening, connect(*listening.sockets[0].getsockname()) as mailer:
        sent = [asyncio.create_task(mailer.send(mail)) for _ in range(3 * CONNECTIONS)]
        await until("as many wait as may", lambda: slow.waiting == CONNECTIONS)
        slow.may_take.set()
        await asyncio.gather(*sent)
    assert (slow.took, len(slow.connected)) == (3 * CONNECTIONS, CONNECTIONS)


async def test_a_mail_that_was_given_up_leaves_no_half_of_it_to_the_next(mail):
    slow, loop = SlowServer(), asyncio.get_running_loop()
    listening = await loop.create_server(lambda: SMTP(slow, loop=loop), "127.0.0.1", 0)
    async with listening, connect(*listening.sockets[0].getsockname()) as mailer:
        given_up = asyncio.create_task(mailer.send(mail))
        await until("it is on its way", lambda: slow.waiting == 1)
        given_up.cancel()
        await asyncio.wait([given_up])
        slow.may_take.set()
        await mailer.send(mail)
    assert len(slow.connected) == 2
