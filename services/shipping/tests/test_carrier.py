"""What the carrier's answers mean for a parcel, code by code, and against a carrier that misbehaves."""

import itertools

import pytest
from messaging import NoAnswerError, RefusedError, Sort, TryAgainError
from messaging.commands.sorting import sort
from privacy import PersonalData
from shipping.carrier import UndeliverableError, connect
from shipping.carrier_answers import BOOKING, CANCELLING
from testkit.simulators import running

NUMBERS = itertools.count(1)
UNCLEAR = ["garbage", "empty", "truncated", "too_large", "wrong_type", "wrong_shape"]


@pytest.mark.parametrize(
    ("table", "status", "code", "expected"),
    [
        (BOOKING, 422, "ADDRESS.UNDELIVERABLE", Sort.NO),
        (BOOKING, 422, "SHIPMENT.INVALID_PARAMS", Sort.FINAL),
        (BOOKING, 422, "SHIPMENT.POSTAGE.FAILURE", Sort.FINAL),
        (BOOKING, 400, "IDEMPOTENCY.KEY_REUSED", Sort.FINAL),
        (BOOKING, 404, "NOT_FOUND", Sort.FINAL),
        (BOOKING, 401, "UNAUTHORIZED", Sort.TRY_AGAIN),
        (BOOKING, 402, "PAYMENT_REQUIRED", Sort.TRY_AGAIN),
        (BOOKING, 403, "FORBIDDEN", Sort.TRY_AGAIN),
        (BOOKING, 409, "IDEMPOTENCY.KEY_IN_USE", Sort.TRY_AGAIN),
        (BOOKING, 429, "RATE_LIMITED", Sort.TRY_AGAIN),
        (BOOKING, 503, "SERVICE_UNAVAILABLE", Sort.TRY_AGAIN),
        (BOOKING, 500, "INTERNAL_SERVER_ERROR", Sort.UNKNOWN),
        (BOOKING, 504, "GATEWAY_TIMEOUT", Sort.UNKNOWN),
        (CANCELLING, 404, "SHIPMENT.NOT_FOUND", Sort.FINAL),
        (CANCELLING, 422, "ADDRESS.UNDELIVERABLE", Sort.FINAL),
        (CANCELLING, 402, "PAYMENT_REQUIRED", Sort.TRY_AGAIN),
    ],
)
def test_what_a_code_means(table, status, code, expected):
    assert sort(table, status, [code]) is expected


@pytest.fixture(scope="session")
def simulator(tmp_path_factory):
    with running("carrier", tmp_path_factory.mktemp("carrier"), LATENCY_MS_MAX="0") as carrier:
        yield carrier


@pytest.fixture
def answering(simulator):
    """Answer the next request so, and what follows as usual."""

    def put(**wanted):
        switches = {f"answer_{name}": value for name, value in wanted.items()}
        body = {"answer_next": 1, **switches}
        simulator.http.put("/admin/behaviour", json=body).raise_for_status()

    yield put
    simulator.http.put("/admin/behaviour", json={}).raise_for_status()


@pytest.fixture
async def book(simulator):
    """Book a parcel of some order's, under the same key each time."""
    async with connect(simulator.url) as carrier:
        order_id = f"ord_{next(NUMBERS):032x}"

        async def call(name="Ada Tester", city="London"):
            who = PersonalData(
                name=name,
                email="ada@example.com",
                street="1 Mill Lane",
                city=city,
                postcode="N1 9GU",
                country="GB",
            )
            return await carrier.book(order_id, who, 2, idempotency_key=order_id)

        call.carrier = carrier
        yield call


@pytest.mark.parametrize("status", [201, 422, 502])
@pytest.mark.parametrize("body", UNCLEAR)
async def test_what_cannot_be_read_is_no_answer_and_the_next_try_is_the_same_request(
    answering, book, body, status
):
    answering(body=body, status=status)
    with pytest.raises(NoAnswerError) as found:
        await book()
    assert not isinstance(found.value, TryAgainError)
    assert (await book()).tracking_code


async def test_only_an_address_that_nobody_reaches_is_undeliverable(book):
    with pytest.raises(UndeliverableError):
        await book(name="UNDELIVERABLE Ada")


async def test_what_the_carrier_does_not_take_is_refused_in_its_words_without_the_address(book):
    with pytest.raises(RefusedError, match=r"^422: SHIPMENT.INVALID_PARAMS: to_address") as found:
        await book(city="x" * 101)
    assert "xxx" not in found.value.reason
    assert "at most 100 characters" in found.value.reason


async def test_a_cancellation_may_get_any_answer_too(answering, book):
    label = await book()
    for kind, error in (
        ({"status": 404, "code": "SHIPMENT.NOT_FOUND"}, RefusedError),
        ({"status": 429, "retry_after": "9"}, TryAgainError),
        ({"status": 200, "body": "wrong_shape"}, NoAnswerError),
    ):
        answering(**kind, to="/cancel")
        with pytest.raises(error):
            await book.carrier.cancel(label.shipment_id, idempotency_key="k")
    for _ in range(2):
        await book.carrier.cancel(label.shipment_id, idempotency_key="k")
