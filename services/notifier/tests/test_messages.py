"""What a customer reads: the same words as text and as HTML, and nothing in them that is not ours."""

from email import message_from_bytes
from email.policy import default

import pytest
from events import CancellationReason, Money
from notifier.messages import REASONS, compose
from notifier.mime import write_mail
from privacy import PersonalData

ORDER = "ord_" + "1" * 32
TOTAL = Money(amount=590, currency="GBP")


def recipient(name="Ada Lovelace"):
    return PersonalData(
        name=name,
        email="ada@example.com",
        street="1 High Street",
        city="London",
        postcode="N1 9GU",
        country="GB",
    )


def written(
    kind="order_shipped", *, name="Ada Lovelace", reason=None, tracking_code="PS1", total=TOTAL
):
    """The message with its text and its HTML."""
    mail = compose(
        kind,
        ORDER,
        recipient(name),
        total=total,
        reason=reason,
        tracking_code=tracking_code,
    )
    message = message_from_bytes(mail.raw, policy=default)
    assert (message["To"], message["Message-ID"]) == (mail.recipient, mail.message_id)
    assert message.defects == []
    parts = [part.get_payload(decode=True).decode() for part in message.get_payload()]
    return message, *parts


def test_a_message_has_the_text_first_and_then_the_html():
    message, text, html = written()
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.get_payload()] == [
        "text/plain",
        "text/html",
    ]
    assert text == (
        f"Dear Ada Lovelace,\n\nYour order {ORDER} for 5.90 GBP is on its way.\n\n"
        "Track it: PS1\n\nYours, orderstream\n"
    )
    assert "<title>Your order is on its way</title>" in html
    for words in ("Dear Ada Lovelace,", ORDER, "5.90 GBP", "PS1"):
        assert words in html


def test_the_same_order_and_kind_is_the_same_message_to_a_mail_system():
    assert written()[0]["Message-ID"] == written()[0]["Message-ID"]
    assert written()[0]["Message-ID"] != written("order_cancelled")[0]["Message-ID"]


@pytest.mark.parametrize("reason", [*CancellationReason, None])
def test_every_reason_is_reported_in_both(reason):
    _, text, html = written("order_cancelled", reason=reason, tracking_code=None)
    why = REASONS.get(reason, "Nothing was charged.")
    assert why in text
    assert why in html
    assert "None" not in text + html


def test_a_name_is_never_markup():
    name = "<script>alert(1)</script> & Söhne"
    _, text, html = written(name=name)
    assert name in text
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Söhne" in html


@pytest.mark.parametrize(("currency", "amount"), [("JPY", "1,980 JPY"), ("KWD", "1.980 KWD")])
def test_an_amount_has_the_decimals_of_its_currency(currency, amount):
    _, text, html = written(total=Money(amount=1980, currency=currency))
    assert f" for {amount} is" in text
    assert amount in html


def test_a_header_cannot_begin_another_one():
    headers = {"To": "ada@example.com", "Message-ID": "<1@example.com>"}
    with pytest.raises(ValueError, match="one line"):
        write_mail(headers | {"Subject": "On its way\r\nBcc: eve@example.com"}, "", "")


def test_a_line_is_no_longer_than_servers_take():
    name = "\N{SNOWMAN}" * 2000
    raw = compose(
        "order_shipped", ORDER, recipient(name), total=TOTAL, reason=None, tracking_code="PS1"
    ).raw
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
