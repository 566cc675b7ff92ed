"""The host of an address as it goes over the wire: ASCII, whatever script it was written in."""

import ipaddress
import re
import socket

import httpx
import idna

NAME = re.compile(r"(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?")
LONGEST = 253
"""Of a name without the dot that may end it. Source: RFC 1035, 2.3.4."""
ENCODED = "xn--"


def host_of(url: httpx.URL) -> str:
    """Return the host as it is looked up, named in `Host` and in TLS: names of other letters in Punycode.

    Raises:
        ValueError: no host can be called so (RFC 1123; RFC 5890 to 5892 for names in Punycode).
    """
    host = url.raw_host.decode("ascii")
    if ":" in host:
        ipaddress.IPv6Address(host)
        if "%" in host:
            raise ValueError("an address with a zone is valid for one interface of this host only")
    elif host and (len(host.removesuffix(".")) > LONGEST or not NAME.fullmatch(host)):
        raise ValueError("no name has such characters or lengths")
    elif ENCODED in host:
        idna.decode(host)
    return host


def as_numbers(host: str) -> str | None:
    """Return the IP address that a host is, or None for a name. `127.1` and `0x7f000001` are 127.0.0.1."""
    if ":" in host:
        return str(ipaddress.IPv6Address(host))
    try:
        return socket.inet_ntoa(socket.inet_aton(host.removesuffix(".")))
    except OSError:
        return None


def receiver_at(host: str) -> str:
    """Name the receiver that a host stands for, however it is written: shares are counted by it."""
    return as_numbers(host) or without_root(host)


def without_root(host: str) -> str:
    """Give a name without the dot that may end it, as TLS and certificates have it (RFC 6066, 3)."""
    return host.removesuffix(".")
