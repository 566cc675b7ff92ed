"""From a body and its key to an accepted order, be it a new one or the one of an earlier try."""

from gateway.gateway import Gateway, database_or_503
from gateway.http.bodies import Body
from gateway.identity.claims import Caller
from gateway.orders.acceptance import Accepted
from gateway.orders.idempotency import check_same_body
from gateway.orders.order_request import read_order
from gateway.problems.problem import ProblemError


async def accept(gateway: Gateway, caller: Caller, key: str, body: Body) -> Accepted:
    """Accept an order, or find that it has been accepted before under this key.

    Then it does not matter any more whether it could be priced today.

    Raises:
        ProblemError: the order is refused, or the key was first sent with another body, or is
            just being used by another request.
    """
    order = read_order(body)
    with gateway.in_hand.hold(caller.customer_id, key), database_or_503():
        try:
            new = gateway.counter.prepare(order, body, caller.customer_id, key)
        except ProblemError:
            known = await gateway.book.stored([(caller.customer_id, key)])
            if not known:
                raise
            (accepted,) = known.values()
        else:
            accepted = await gateway.accepting.submit(new)
    check_same_body(accepted, body.fingerprint())
    return accepted
