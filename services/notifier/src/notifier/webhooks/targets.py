"""Where webhooks may go: an address that a stranger has named must not lead into our own network.

See OWASP, Server-Side Request Forgery Prevention. A name is looked up before each try, every
address that it has must be a public one, and the connection goes to an address that was looked at:
a name that changes its mind in between leads nowhere.
"""

import asyncio
import ipaddress
import socket
from dataclasses import dataclass

import httpx
from events.limits import URL_BYTES_MAX

MAX_PORT = 65535
NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""Leads to any IPv4 address, private ones too (RFC 6052)."""
DEFAULT_PORTS = {"http": 80, "https": 443}


class BadTargetError(ValueError):
    """No webhook is sent to such an address; the message says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: `url` names the address that was looked at, `host` is the name it had."""

    url: httpx.URL
    host: str


@dataclass(frozen=True, slots=True)
class Targets:
    """Which addresses are allowed: any, for a test bed, or with `private` False public ones by TLS."""

    private: bool

    def check(self, url: str) -> httpx.URL:
        """Judge an address by what it says, before anything is looked up.

        Raises:
            BadTargetError: it cannot be one, or is not allowed.
        """
        try:
            parsed = httpx.URL(url)
        except (httpx.InvalidURL, TypeError):
            raise BadTargetError("This is no URL.") from None
        schemes = ("https", "http") if self.private else ("https",)
        if parsed.scheme not in schemes:
            raise BadTargetError(f"The URL must begin with {' or '.join(schemes)}://.")
        if not parsed.host or len(url.encode()) > URL_BYTES_MAX:
            raise BadTargetError(f"The URL must name a host, in at most {URL_BYTES_MAX} bytes.")
        if parsed.port is not None and not 1 <= parsed.port <= MAX_PORT:
            raise BadTargetError(f"The port of the URL must be 1 to {MAX_PORT}.")
        if parsed.userinfo or parsed.fragment:
            raise BadTargetError("The URL must have no user, no password and no fragment.")
        if not self.private and _is_address(parsed.host) and not _is_public(parsed.host):
            raise BadTargetError("The URL must not lead to a private network.")
        return parsed

    async def resolve(self, url: str) -> Target:
        """The address to connect to, looked up now.

        Raises:
            BadTargetError: the name has an address that is not public, or none.
        """
        parsed = self.check(url)
        if self.private:
            return Target(parsed, parsed.host)
        port = parsed.port or DEFAULT_PORTS[parsed.scheme]
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                parsed.host, port, type=socket.SOCK_STREAM
            )
        except (OSError, UnicodeError):  # UnicodeError: no name can be like that
            raise BadTargetError("The name of the host is not known.") from None
        addresses = [str(address[0]) for *_, address in found]
        if not all(map(_is_public, addresses)):
            raise BadTargetError("The name leads to a private network.")
        return Target(parsed.copy_with(host=addresses[0]), parsed.host)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        wrapped = found.ipv4_mapped or found.sixtofour or found.teredo
        if wrapped is not None or found in NAT64:
            return False
    return found.is_global and not found.is_multicast
