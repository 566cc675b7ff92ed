import base64

import pytest
from payment.signatures import NotVerifiedError, verify

KEY = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
BODY = b'{"test": 2432232314}'
SIGNED_AT = 1614265330
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": str(SIGNED_AT),
    "webhook-signature": SIGNATURE,
}


def test_the_published_example_is_verified():
    assert verify(HEADERS, BODY, KEY, SIGNED_AT) == "msg_p5jXN8AQM9LWM0D4loKWxJek"


def test_one_right_signature_among_several_is_enough():
    several = {**HEADERS, "webhook-signature": f"v1,AAAA v1a,BBBB {SIGNATURE}"}
    assert verify(several, BODY, KEY, SIGNED_AT)


@pytest.mark.parametrize("seconds", [-300, 300])
def test_it_is_good_for_five_minutes(seconds):
    assert verify(HEADERS, BODY, KEY, SIGNED_AT + seconds)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_an_older_one_may_have_been_recorded(seconds):
    with pytest.raises(NotVerifiedError, match="300 s"):
        verify(HEADERS, BODY, KEY, SIGNED_AT + seconds)


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-id": "msg_other"},
        {"webhook-id": ""},
        {"webhook-timestamp": str(SIGNED_AT + 1)},
        {"webhook-timestamp": "now"},
        {"webhook-timestamp": "\u00b2"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": SIGNATURE.removeprefix("v1,")},
        {"webhook-signature": SIGNATURE.replace("v1,", "v2,")},
        {"webhook-signature": "v1,\u00e9"},
    ],
)
def test_anything_else_is_refused(changed):
    with pytest.raises(NotVerifiedError):
        verify({**HEADERS, **changed}, BODY, KEY, SIGNED_AT)


def test_the_body_counts_to_the_last_byte():
    with pytest.raises(NotVerifiedError):
        verify(HEADERS, BODY + b"\n", KEY, SIGNED_AT)


def test_another_key_is_refused():
    with pytest.raises(NotVerifiedError):
        verify(HEADERS, BODY, KEY[:-1], SIGNED_AT)
