"""Whose requests count together: a customer's, or, as long as nobody is known, an address's."""

from ipaddress import ip_address, ip_network

from starlette.requests import HTTPConnection

from gateway.gateway import gateway_of
from gateway.identity.claims import Caller
from gateway.limiting.limiter import rate_limited
from gateway.observing.notes import note_headers
from gateway.route_table import route_of

IPV6_NETWORK = 64
"""One subscriber has so many leading bits of an address, and chooses the others. Source: RFC 6177."""


async def limit_customer(connection: HTTPConnection, caller: Caller) -> None:
    """Count a request of a caller whose token is good, and let the answer say what is left.

    Raises:
        ProblemError: it is one too many.
    """
    await _limit(connection, f"customer/{caller.customer_id}")


async def limit_address(connection: HTTPConnection) -> None:
    """Count a request of somebody unknown, whose token was missing, not good, or not needed.

    Raises:
        ProblemError: it is one too many.
    """
    host = connection.client.host if connection.client else ""
    await _limit(connection, f"address/{network_of(host)}")


def network_of(host: str) -> str:
    """What one client cannot leave: its IPv4 address, or its IPv6 network."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if address.version == 4:  # noqa: PLR2004  # the version of the Internet Protocol
        return host
    return str(ip_network((int(address), IPV6_NETWORK), strict=False))


async def _limit(connection: HTTPConnection, client: str) -> None:
    route = route_of(connection.scope)
    counted = await gateway_of(connection).limiter.count(route, client)
    if counted is None:
        return
    within, standing = counted
    note_headers(connection.scope, *standing.headers())
    if not within:
        raise rate_limited(standing)
