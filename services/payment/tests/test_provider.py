"""What the provider's answers mean for a payment, code by code, and against a provider that misbehaves."""

import itertools

import pytest
from events import Money
from messaging import NoAnswerError, RefusedError, Sort, TryAgainError
from messaging.commands.sorting import sort
from payment.provider import Outcome, connect
from payment.provider_answers import HOLDING, SETTLING, ProviderError
from testkit.simulators import running

VISA = "tok_visa"
POUND = Money(amount=100, currency="GBP")
NUMBERS = itertools.count(1)
TO_HOLD, TO_TAKE, TO_LET_GO = "/payment_intents", "/capture", "/cancel"


@pytest.mark.parametrize(
    ("table", "status", "error", "expected"),
    [
        (HOLDING, 402, {"type": "card_error", "code": "card_declined"}, Sort.NO),
        (HOLDING, 402, {"type": "card_error", "code": "expired_card"}, Sort.NO),
        (HOLDING, 402, {}, Sort.NO),
        (HOLDING, 400, {"code": "resource_missing", "param": "payment_method"}, Sort.NO),
        (HOLDING, 404, {"code": "resource_missing", "param": "payment_method"}, Sort.NO),
        (HOLDING, 400, {"code": "amount_too_large", "param": "amount"}, Sort.NO),
        (HOLDING, 400, {"code": "amount_too_small", "param": "amount"}, Sort.NO),
        (HOLDING, 400, {"code": "payment_intent_unexpected_state"}, Sort.FINAL),
        (HOLDING, 400, {"code": "parameter_unknown", "param": "currency"}, Sort.FINAL),
        (HOLDING, 400, {"type": "idempotency_error"}, Sort.FINAL),
        (HOLDING, 400, {"code": "lock_timeout"}, Sort.TRY_AGAIN),
        (HOLDING, 400, {"code": "rate_limit"}, Sort.TRY_AGAIN),
        (HOLDING, 401, {"code": "api_key_expired"}, Sort.TRY_AGAIN),
        (HOLDING, 403, {}, Sort.TRY_AGAIN),
        (HOLDING, 409, {"code": "idempotency_key_in_use"}, Sort.TRY_AGAIN),
        (HOLDING, 424, {}, Sort.TRY_AGAIN),
        (HOLDING, 429, {"code": "rate_limit"}, Sort.TRY_AGAIN),
        (HOLDING, 500, {"code": "processing_error"}, Sort.UNKNOWN),
        (HOLDING, 502, {}, Sort.UNKNOWN),
        (HOLDING, 503, {}, Sort.TRY_AGAIN),
        (SETTLING, 400, {"code": "payment_intent_unexpected_state"}, Sort.NO),
        (SETTLING, 400, {"code": "amount_too_large"}, Sort.FINAL),
        (SETTLING, 402, {"code": "charge_expired_for_capture"}, Sort.FINAL),
        (SETTLING, 404, {"code": "resource_missing", "param": "intent"}, Sort.FINAL),
        (SETTLING, 400, {"code": "lock_timeout"}, Sort.TRY_AGAIN),
        (SETTLING, 424, {}, Sort.TRY_AGAIN),
    ],
)
def test_what_a_code_means(table, status, error, expected):
    names = [name for name in ProviderError.model_validate({"error": error}).names if name]
    assert sort(table, status, names) is expected


@pytest.fixture(scope="session")
def psp(tmp_path_factory):
    with running("psp", tmp_path_factory.mktemp("psp"), LATENCY_MS_MAX="0") as simulator:
        yield simulator


@pytest.fixture
def answering(psp):
    """Answer the next request so, and what follows as usual."""

    def put(**wanted):
        switches = {f"answer_{name}": value for name, value in wanted.items()}
        psp.http.put("/admin/behaviour", json={"answer_next": 1, **switches}).raise_for_status()

    yield put
    psp.http.put("/admin/behaviour", json={}).raise_for_status()


@pytest.fixture
async def provider(psp):
    async with connect(psp.url) as client:
        yield client


class Paying:
    """One order's payment."""

    def __init__(self, provider) -> None:
        self._provider = provider
        self.order_id = f"ord_{next(NUMBERS):032x}"

    async def hold(self, amount=POUND, token=VISA):
        return await self._provider.authorize(
            self.order_id, amount, token, idempotency_key=f"{self.order_id}:hold"
        )

    async def take(self, payment_id, key="take"):
        await self._provider.capture(payment_id, idempotency_key=f"{self.order_id}:{key}")

    async def let_go(self, payment_id, key="let go"):
        await self._provider.cancel(payment_id, idempotency_key=f"{self.order_id}:{key}")


@pytest.fixture
def paying(provider):
    return Paying(provider)


@pytest.mark.parametrize(
    ("amount", "token", "code"),
    [
        (100_000_000, "tok_visa", "amount_too_large"),
        (0, "tok_visa", "amount_too_small"),
        (100, "tok_declined", "generic_decline"),
        (100, "tok_expired_card", "expired_card"),
        (100, "tok_nobody", "resource_missing"),
    ],
)
async def test_a_no_that_ends_the_order_is_reported_by_its_code(paying, amount, token, code):
    money = Money.model_construct(amount=amount, currency="GBP")
    assert await paying.hold(money, token) == Outcome("", code)


UNCLEAR = ["garbage", "empty", "truncated", "too_large", "wrong_type", "wrong_shape"]


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("body", UNCLEAR)
async def test_what_cannot_be_read_is_no_answer_and_the_next_try_is_the_same_request(
    answering, paying, body, status
):
    answering(body=body, status=status)
    with pytest.raises(NoAnswerError) as found:
        await paying.hold()
    assert not isinstance(found.value, TryAgainError)
    assert (await paying.hold()).decline_code is None


async def test_a_final_no_says_what_the_provider_says_and_not_what_it_was_asked(answering, paying):
    answering(status=400, code="parameter_unknown", to=TO_HOLD)
    with pytest.raises(RefusedError, match=r"^400: parameter_unknown: It was asked to answer so.$"):
        await paying.hold()


@pytest.mark.parametrize(("status", "after"), [(429, "7"), (503, "7"), (409, ""), (401, "")])
async def test_not_now_says_when(answering, paying, status, after):
    answering(status=status, retry_after=after)
    with pytest.raises(TryAgainError) as found:
        await paying.hold()
    assert found.value.after_s == (float(after) if after else None)


async def test_a_failure_of_the_provider_is_reported_in_its_own_words(answering, paying):
    answering(status=500, code="processing_error")
    with pytest.raises(NoAnswerError, match=r"^500: processing_error: It was asked"):
        await paying.hold()


@pytest.mark.parametrize(("act", "to"), [("take", TO_TAKE), ("let_go", TO_LET_GO)])
async def test_what_is_so_already_is_done(answering, paying, act, to):
    held = (await paying.hold()).payment_id
    answering(status=404, code="resource_missing", to=to)
    with pytest.raises(RefusedError, match="404: resource_missing"):
        await getattr(paying, act)(held)
    await getattr(paying, act)(held)
    await getattr(paying, act)(held, key="another request")


async def test_what_was_let_go_cannot_be_taken_for_good(paying):
    held = (await paying.hold()).payment_id
    await paying.let_go(held)
    with pytest.raises(RefusedError, match="payment_intent_unexpected_state: This PaymentIntent"):
        await paying.take(held)


async def test_a_provider_that_is_not_there_is_no_answer(tmp_path):
    async with connect("http://127.0.0.1:1") as nobody:
        with pytest.raises(NoAnswerError, match=r"^no answer: ClientConnectorError"):
            await Paying(nobody).hold()
