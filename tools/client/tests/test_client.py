import itertools
import json
import re
from collections.abc import Callable, Iterator

import httpx
import pytest
from client import (
    FaultPlan,
    FaultPlansOffError,
    GatewayClient,
    NoAnswerError,
    NotEndedError,
    RefusedError,
    order_body,
    recipient_of,
)
from client.refusals import refusal
from client.tokens import Tokens

Answer = httpx.Response | Exception
BODY = order_body([("MUG", 1)], recipient_of("alice"))
ACCEPTED = httpx.Response(202, json={"id": "ord_1", "status": "accepted"})
BUSY = httpx.Response(503, headers={"Retry-After": "0"})


class Gateway:
    """Answers requests one after the other with what it was given; the last answer is repeated."""

    def __init__(self, *answers: Answer) -> None:
        self.requests: list[httpx.Request] = []
        self.tokens: list[dict[str, object]] = []
        self._answers: Iterator[Answer] = itertools.chain(answers, itertools.repeat(answers[-1]))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            self.tokens.append(json.loads(request.content))
            name = self.tokens[-1]["sub"]
            return httpx.Response(200, json={"access_token": name, "expires_in": 3600})
        self.requests.append(request)
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def client() -> Callable[..., GatewayClient]:
    def make(gateway: Gateway, timeout_s: float = 10) -> GatewayClient:
        transport = httpx.MockTransport(gateway)
        http = httpx.AsyncClient(transport=transport, base_url="http://gateway")
        return GatewayClient(http, Tokens(http, "http://issuer"), timeout_s)

    return make


def problem(status: int, code: str, pointer: str = "/lines/0/sku") -> httpx.Response:
    errors = [{"pointer": pointer, "detail": "Wrong."}]
    document = {"title": "No", "detail": "Not so.", "code": code, "errors": errors}
    return httpx.Response(status, json=document)


async def test_a_busy_gateway_is_asked_again_with_the_same_key(client) -> None:
    gateway = Gateway(BUSY, httpx.ReadTimeout("too slow"), ACCEPTED)
    shopper = client(gateway)
    placed = await shopper.place("alice", BODY)
    assert (placed.order_id, placed.tries) == ("ord_1", 3)
    assert len({request.headers["Idempotency-Key"] for request in gateway.requests}) == 1
    assert [(entry.outcome, entry.order_id) for entry in shopper.ledger.entries] == [
        ("ok", "ord_1")
    ]


async def test_an_earlier_try_that_still_runs_is_waited_for(client) -> None:
    gateway = Gateway(
        httpx.ReadTimeout("too slow"), problem(409, "idempotency_key_in_use"), ACCEPTED
    )
    placed = await client(gateway).place("alice", BODY)
    assert (placed.order_id, placed.tries) == ("ord_1", 3)


@pytest.mark.parametrize("traced", [True, False])
async def test_an_order_is_recorded_where_that_is_asked_for(client, *, traced: bool) -> None:
    gateway = Gateway(BUSY, ACCEPTED)
    await client(gateway).place("alice", BODY, traced=traced)
    sent = [request.headers.get("traceparent") for request in gateway.requests]
    if not traced:
        assert sent == [None, None]
        return
    assert len({*sent}) == 1
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", sent[0])


async def test_every_order_has_a_key_of_its_own(client) -> None:
    gateway = Gateway(ACCEPTED)
    shopper = client(gateway)
    await shopper.place("alice", BODY)
    await shopper.place("alice", BODY)
    assert len({request.headers["Idempotency-Key"] for request in gateway.requests}) == 2


async def test_what_is_refused_is_not_asked_again_and_is_known_to_have_failed(client) -> None:
    gateway = Gateway(problem(422, "unknown_sku"))
    shopper = client(gateway)
    with pytest.raises(RefusedError, match=r"No: Not so. \(/lines/0/sku: Wrong.\)") as refused:
        await shopper.place("alice", BODY)
    assert (refused.value.code, refused.value.pointers) == ("unknown_sku", ("/lines/0/sku",))
    assert len(gateway.requests) == 1
    assert [entry.outcome for entry in shopper.ledger.entries] == ["failed"]


async def test_without_an_answer_nobody_knows_and_the_ledger_says_so(client) -> None:
    shopper = client(Gateway(httpx.ConnectError("refused")), timeout_s=0)
    with pytest.raises(NoAnswerError, match="no answer in 1 try: ConnectError refused"):
        await shopper.place("alice", BODY, key="k")
    (entry,) = shopper.ledger.entries
    assert (entry.idempotency_key, entry.outcome) == ("k", "unknown")


async def test_a_wait_that_the_server_asks_for_is_not_begun_when_it_is_longer_than_the_patience(
    client,
) -> None:
    gateway = Gateway(httpx.Response(429, headers={"Retry-After": "60"}))
    with pytest.raises(NoAnswerError, match="answered 429"):
        await client(gateway, timeout_s=5).get("ord_1", "alice")
    assert len(gateway.requests) == 1


async def test_each_customer_has_one_token_and_the_operator_another_one(client) -> None:
    gateway = Gateway(ACCEPTED)
    shopper = client(gateway)
    for customer in ("alice", "bob", "alice", None, None):
        await shopper.get("ord_1", customer)
    bearers = [request.headers["Authorization"] for request in gateway.requests]
    assert bearers == [f"Bearer {who}" for who in ("alice", "bob", "alice", "operator", "operator")]
    assert [issued["scopes"] for issued in gateway.tokens] == [
        ["orders:write", "orders:read", "webhooks", "trace"],
        ["orders:write", "orders:read", "webhooks", "trace"],
        ["ops"],
    ]


async def test_waiting_tells_every_change_once_and_ends_with_the_order(client) -> None:
    def at(status: str, version: int) -> httpx.Response:
        document = {"id": "ord_1", "status": status}
        return httpx.Response(200, json=document, headers={"ETag": f'"{version}"'})

    gateway = Gateway(at("accepted", 0), httpx.Response(304), at("completed", 1))
    seen: list[str] = []
    document = await client(gateway).wait_final(
        "ord_1", "alice", on_change=lambda one: seen.append(one["status"]), poll_s=0
    )
    assert document["status"] == "completed"
    assert seen == ["accepted", "completed"]
    assert gateway.requests[1].headers["If-None-Match"] == '"0"'


async def test_an_order_that_does_not_end_in_time_is_reported_with_where_it_stands(client) -> None:
    document = {"id": "ord_1", "status": "reserved"}
    gateway = Gateway(httpx.Response(200, json=document, headers={"ETag": '"3"'}))
    with pytest.raises(NotEndedError, match="ord_1 is still reserved after 0 s") as late:
        await client(gateway).wait_final("ord_1", "alice", seconds=0, poll_s=0)
    assert late.value.document == document


async def test_a_long_list_is_read_page_by_page(client) -> None:
    def page(*ids: str, more: bool) -> httpx.Response:
        data = [{"id": each} for each in ids]
        return httpx.Response(200, json={"data": data, "has_more": more, "next_cursor": ids[-1]})

    gateway = Gateway(page("c", "b", more=True), page("a", more=False))
    assert [one["id"] for one in await client(gateway).orders(status="held", limit=150)] == list(
        "cba"
    )
    assert [dict(request.url.params) for request in gateway.requests] == [
        {"status": "held", "limit": "100"},
        {"status": "held", "starting_after": "b", "limit": "100"},
    ]


def test_an_invented_recipient_is_the_same_every_time_and_nobody_real() -> None:
    assert recipient_of("cus_1", "FR") == recipient_of("cus_1", "FR")
    assert recipient_of("cus_1")["email"] != recipient_of("cus_2")["email"]
    assert recipient_of("cus_1", "FR")["country"] == "FR"
    assert recipient_of("cus_1")["email"].endswith("@example.com")


async def test_fault_plans_are_an_operators(client) -> None:
    plan = {"name": "decline", "does": "It is refused.", "ends": "cancelled"}
    gateway = Gateway(httpx.Response(200, json={"plans": [plan], "attached": []}))
    shopper = client(gateway)
    assert await shopper.fault_plans.known() == [FaultPlan(**plan)]
    await shopper.fault_plans.attach("key", "decline")
    assert gateway.requests[1].url.path == "/admin/fault-plans/key"
    assert json.loads(gateway.requests[1].content) == {"plan": "decline"}
    assert [token["sub"] for token in gateway.tokens] == ["operator"]


async def test_where_fault_plans_are_off_that_is_shown_and_other_refusals_stay_what_they_are(
    client,
) -> None:
    with pytest.raises(FaultPlansOffError):
        await client(Gateway(problem(404, "not_found"))).fault_plans.attach("key", "decline")
    with pytest.raises(RefusedError) as refused:
        await client(Gateway(problem(422, "unknown_fault_plan"))).fault_plans.attach("key", "no")
    assert refused.value.code == "unknown_fault_plan"


def test_a_refusal_says_nothing_twice() -> None:
    told = {"code": "token_invalid", "title": "The token is not valid", "errors": []}
    for detail, message in (
        ("The token is not valid: it has expired.", "The token is not valid: it has expired."),
        ("It has expired.", "The token is not valid: It has expired."),
    ):
        answer = httpx.Response(401, json={**told, "detail": detail})
        assert str(refusal(answer)) == message


def stream_of(*sequences: int, code: int | None = None) -> httpx.Response:
    """A stream with these changes; without a code it breaks off."""
    lines = [
        f'id: {n}\nevent: order-status-changed\ndata: {{"sequence": {n}}}\n' for n in sequences
    ]
    if code is not None:
        lines.append(f'event: closed\ndata: {{"code": {code}, "reason": ""}}\n')
    return httpx.Response(200, text="retry: 1000\n\n:\n\n" + "\n".join(lines) + "\n")


async def test_a_stream_that_breaks_off_is_taken_up_where_it_was(client) -> None:
    gateway = Gateway(
        stream_of(1, 2),
        httpx.ReadError("cut"),
        BUSY,
        stream_of(3, code=1001),
        stream_of(4, code=1000),
    )
    changes = [change async for change in client(gateway).changes("ord_1", "alice")]
    assert [change["sequence"] for change in changes] == [1, 2, 3, 4]
    asked = [request.url.params["after"] for request in gateway.requests]
    assert asked == ["0", "2", "2", "2", "3"]


async def test_a_stream_that_is_over_is_not_opened_again(client) -> None:
    gateway = Gateway(stream_of(1), httpx.Response(204))
    assert [one async for one in client(gateway).changes("ord_1", "alice")] == [{"sequence": 1}]


async def test_a_stream_that_is_refused_or_cannot_be_had_is_given_up(client) -> None:
    with pytest.raises(RefusedError):
        _ = [one async for one in client(Gateway(problem(404, "no"))).changes("ord_1", "alice")]
    unreachable = client(Gateway(httpx.ConnectError("refused")), timeout_s=0)
    with pytest.raises(NoAnswerError, match="ConnectError"):
        _ = [one async for one in unreachable.changes("ord_1", "alice")]
