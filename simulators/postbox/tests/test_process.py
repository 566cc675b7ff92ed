import signal
import smtplib
import time
from pathlib import Path
from typing import Any

import pytest
from testkit.ports import free_port
from testkit.simulators import refusal

pytestmark = pytest.mark.process


def total(postbox: Any) -> int:
    count: int = postbox.http.get("/api/v1/messages").json()["total"]
    return count


def test_mails_survive_a_kill(own_postbox: Any, mail: Any) -> None:
    own_postbox.send(mail(1))
    kept = own_postbox.http.get("/api/v1/messages").json()
    own_postbox.simulator.stop(signal.SIGKILL)
    own_postbox.simulator.start()
    assert own_postbox.http.get("/api/v1/messages").json() == kept
    own_postbox.send(mail(2))
    assert total(own_postbox) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_with_a_connection_open(own_postbox: Any, number: signal.Signals) -> None:
    assert own_postbox.http.get("/healthz").status_code == 200
    assert own_postbox.http.get("/readyz").json()["checks"] == {"mails": "ok"}
    door = own_postbox.connect()
    assert own_postbox.simulator.stop(number) == 0
    assert "Traceback" not in own_postbox.simulator.log
    door.close()


def test_a_refused_mail_can_be_sent_again(postbox: Any, mail: Any) -> None:
    postbox.http.put("/admin/behaviour", json={"refuse_next": 1})
    with postbox.connect() as door:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            door.send_message(mail(1))
        assert refused.value.smtp_code == 451
        assert total(postbox) == 0
        door.send_message(mail(1))
    assert total(postbox) == 1


def test_a_mail_refused_with_421_costs_the_connection(postbox: Any, mail: Any) -> None:
    postbox.http.put("/admin/behaviour", json={"refuse_next": 1, "refuse_code": 421})
    door = postbox.connect()
    with pytest.raises(smtplib.SMTPDataError) as refused:
        door.send_message(mail(1))
    assert refused.value.smtp_code == 421
    with pytest.raises(smtplib.SMTPServerDisconnected):
        door.send_message(mail(1))
    postbox.send(mail(1))
    assert total(postbox) == 1


def test_a_lost_answer_leaves_the_mail(postbox: Any, mail: Any) -> None:
    postbox.http.put("/admin/behaviour", json={"lose_answer_next": 1})
    door = postbox.connect()
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        door.send_message(mail(1))
    door.close()
    assert total(postbox) == 1
    assert "Traceback" not in postbox.simulator.log


@pytest.mark.parametrize("step", ["EHLO", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("code", [451, 554])
def test_a_mail_can_be_refused_at_any_step_with_any_code(
    postbox: Any, mail: Any, step: str, code: int
) -> None:
    switches = {"refuse_next": 1, "refuse_at": step, "refuse_code": code}
    postbox.http.put("/admin/behaviour", json=switches)
    with pytest.raises((smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused)) as found:
        postbox.send(mail(1))
    assert str(code) in str(found.value)
    postbox.send(mail(2))
    assert total(postbox) == 1


def test_mail_can_be_made_to_wait(postbox: Any, mail: Any) -> None:
    postbox.http.put("/admin/behaviour", json={"delay_ms": 300})
    started = time.monotonic()
    postbox.send(mail(1))
    assert time.monotonic() - started >= 0.3


def test_an_unknown_switch_is_refused(postbox: Any) -> None:
    answer = postbox.http.put("/admin/behaviour", json={"refuse_code": 250})
    assert answer.status_code == 400
    assert "refuse_code" in answer.json()["error"]


def test_a_taken_port_is_reported_in_one_line(postbox: Any, tmp_path: Path) -> None:
    http, smtp = str(postbox.simulator.port), str(postbox.smtp_port)
    free = str(free_port())
    for setting, ports in (
        ("HTTP_PORT", {"HTTP_PORT": http, "SMTP_PORT": free}),
        ("SMTP_PORT", {"HTTP_PORT": free, "SMTP_PORT": smtp}),
    ):
        message = refusal("postbox", tmp_path, **ports)
        assert len(message.splitlines()) == 1
        assert "Address already in use" in message
        assert f"Set {setting} to a free port" in message
