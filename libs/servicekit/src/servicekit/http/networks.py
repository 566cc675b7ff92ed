"""What one client cannot leave by choosing another address."""

from ipaddress import ip_address, ip_network

IPV6_NETWORK = 64
"""One subscriber has so many leading bits of an address, and chooses the others. Source: RFC 6177."""


def network_of(host: str) -> str:
    """Return its IPv4 address, or its IPv6 network; what is no address stays as it is."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if address.version == 4:  # noqa: PLR2004  # the version of the Internet Protocol
        return host
    return str(ip_network((int(address), IPV6_NETWORK), strict=False))
