"""Who may open a stream."""

from starlette.requests import HTTPConnection

from gateway.gateway import database_or_503, gateway_of
from gateway.identity.callers import authorise, check_scopes
from gateway.identity.claims import Caller
from gateway.limiting.clients import limit_address, limit_customer
from gateway.live.order_stream import OrderStream
from gateway.live.positions import position_of
from gateway.orders.reading import find_accepted
from gateway.problems.problem import ProblemError
from gateway.route_table import route_of


async def authorise_stream(connection: HTTPConnection) -> Caller:
    """Who is calling, by token or by ticket, if the route's row allows it.

    Raises:
        ProblemError: neither is there or valid, it does not allow this, or this is once too often.
    """
    ticket = connection.query_params.get("ticket")
    if ticket is None:
        return await authorise(connection)
    try:
        with database_or_503():
            caller = await gateway_of(connection).tickets.redeem(ticket, connection.url.path)
    except ProblemError:
        await limit_address(connection)
        raise
    await limit_customer(connection, caller)
    check_scopes(caller, route_of(connection.scope).scopes)
    return caller


async def open_order_stream(
    connection: HTTPConnection, caller: Caller, order_id: str, after: str | None
) -> OrderStream:
    """The stream of an order that the caller may see; it begins after the position that is named.

    The order service being away does not stand in the way: then the stream begins with what is new,
    as soon as that follows on the position, or with the history, once it can be had.

    Raises:
        ProblemError: no such order or position, or too many streams.
    """
    gateway = gateway_of(connection)
    position = position_of(connection, after)
    await find_accepted(gateway, caller, order_id)
    stream = OrderStream(
        gateway.subscriptions, order_id, position, lambda: gateway.order_api.order(order_id)
    )
    try:
        await _look_back(stream)
    except BaseException:
        stream.close()
        raise
    return stream


async def _look_back(stream: OrderStream) -> None:
    try:
        await stream.look_back()
    except ProblemError as problem:
        if problem.code == "position_unknown":
            raise
