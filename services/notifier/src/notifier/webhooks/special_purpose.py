"""Which IP addresses are of the public internet: those that no registry sets aside for something else.

Source: IANA, IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), as of November 2026. All that
is in them is left out, what they call globally reachable as well: no receiver of webhooks is there.
Python's own `is_global` knows as much of them as its version does.
"""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

SPECIAL = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",  # multicast, a registry of its own
            "240.0.0.0/4",
            "2001::/23",
            "2001:db8::/32",
            "2002::/16",
            "2620:4f:8000::/48",
            "3fff::/20",
        ),
    )
)
UNICAST: tuple[IPv4Network | IPv6Network, ...] = (
    ip_network("0.0.0.0/0"),
    ip_network("2000::/3"),
)
"""Of IPv6 no more has been given out (RFC 4291, 2.4): what wraps an IPv4 address or is of one site is
outside, under whatever prefix: `::/96`, `::ffff:0:0/96`, `::ffff:0:0:0/96`, `64:ff9b::/96`,
`64:ff9b:1::/48`, `fc00::/7`, `fe80::/10`, `fec0::/10`."""


def is_public(address: str) -> bool:
    """Return whether an address is of the public internet.

    Raises:
        ValueError: it is no IP address.
    """
    found = ip_address(address.partition("%")[0])
    return any(found in one for one in UNICAST) and not any(found in one for one in SPECIAL)
