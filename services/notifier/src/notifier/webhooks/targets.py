"""Where webhooks may go: an address that a stranger has named must not lead into our own network.

See OWASP, Server-Side Request Forgery Prevention. A name is looked up before each try, every
address that it has must be a public one, and the connection goes to an address that was looked at:
a name that changes its mind in between leads nowhere.
"""

import asyncio
import re
import socket
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import httpx
from events.limits import URL_BYTES_MAX
from events.patterns import TURNS
from servicekit.listed_ports import USUAL, ports_of

from notifier.webhooks.hosts import as_numbers, host_of
from notifier.webhooks.special_purpose import is_public

MAX_PORT = 65535
TURNING = re.compile(f"[{TURNS}]")
"""What no address has: it would be read otherwise than it is written. Source: RFC 3987, 4.1."""
AUTHORITY = re.compile(r"[^/?#]*//([^/?#]*)")
DEFAULT_PORTS = {"http": 80, "https": 443}
LOOKUPS = ThreadPoolExecutor(100, "lookup")
"""Threads for looking names up, of their own: a name server that never answers keeps one for as long as
the system's resolver is patient, and all else that asks for a thread would wait."""


class BadTargetError(ValueError):
    """An address that no webhook is sent to; the message says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """Target of a request: `url` names the address that was looked at, `host` the name, in ASCII."""

    url: httpx.URL
    host: str


@dataclass(frozen=True, slots=True)
class Targets:
    """Allowed addresses: any, for a test bed, or with `private` False public ones by TLS.

    Those may have one of the `ports`; with None any.
    """

    private: bool
    ports: Collection[int] | None = ports_of(USUAL)

    def check(self, url: str) -> httpx.URL:
        """Judge an address by what it says, before anything is looked up.

        Raises:
            BadTargetError: it cannot be one, or is not allowed.
        """
        try:
            parsed = httpx.URL(url)
            host, length = host_of(parsed), len(url.encode())
        except (httpx.InvalidURL, TypeError, ValueError):
            raise BadTargetError(
                "This is no URL, or its host is no name that can be looked up."
            ) from None
        schemes = ("https", "http") if self.private else ("https",)
        if parsed.scheme not in schemes:
            raise BadTargetError(f"The URL must begin with {' or '.join(schemes)}://.")
        if not host or length > URL_BYTES_MAX:
            raise BadTargetError(f"The URL must name a host, in at most {URL_BYTES_MAX} bytes.")
        if TURNING.search(url):
            raise BadTargetError("The URL must have no signs that change the direction of text.")
        if parsed.userinfo or parsed.fragment:
            raise BadTargetError("The URL must have no user, no password and no fragment.")
        if not _has_plain_port(url) or not 1 <= _port(parsed) <= MAX_PORT:
            raise BadTargetError(f"The port of the URL must be 1 to {MAX_PORT}.")
        if not self.private:
            self._check_public(parsed, host)
        return parsed

    async def resolve(self, url: str) -> Target:
        """Return the address to connect to, looked up now.

        Raises:
            BadTargetError: the name has an address that is not public, or none.
        """
        parsed = self.check(url)
        host = host_of(parsed)
        if self.private:
            return Target(parsed, host)
        look_up = partial(socket.getaddrinfo, host, _port(parsed), type=socket.SOCK_STREAM)
        try:
            found = await asyncio.get_running_loop().run_in_executor(LOOKUPS, look_up)
        except (OSError, UnicodeError):  # UnicodeError: no name can be like that
            raise BadTargetError("The name of the host is not known.") from None
        addresses = [str(address[0]) for *_, address in found]
        if not all(map(is_public, addresses)):
            raise BadTargetError("The name leads to a private network.")
        return Target(parsed.copy_with(host=addresses[0]), host)

    def _check_public(self, parsed: httpx.URL, host: str) -> None:
        numbers = as_numbers(host)
        if numbers is not None and not is_public(numbers):
            raise BadTargetError("The URL must not lead to a private network.")
        if self.ports is not None and _port(parsed) not in self.ports:
            allowed = ", ".join(map(str, sorted(self.ports)))
            raise BadTargetError(f"The port of the URL must be one of these: {allowed}.")


def _has_plain_port(url: str) -> bool:
    """Tell whether its port, if it has one, is written in digits alone (RFC 3986, 3.2.3): httpx takes `+443`, too."""
    found = AUTHORITY.match(url)
    _, colon, port = found[1].rpartition("]")[2].rpartition(":") if found else ("", "", "")
    return not colon or not port or (port.isascii() and port.isdecimal())


def _port(url: httpx.URL) -> int:
    return DEFAULT_PORTS[url.scheme] if url.port is None else url.port
