"""Settings that are addresses: what could never be one is refused at start, not at its first use."""

import re
from typing import Annotated
from urllib.parse import SplitResult, quote, unquote, urlsplit

from pydantic import AfterValidator, Field

HOST_AND_PORT = re.compile(r"[^\s:/@,]+:(\d{1,5})")
LAST_PORT = 65_535


def http_url(url: str) -> str:
    """Return the URL as it is.

    Raises:
        ValueError: it names no host that could be asked over HTTP.
    """
    parts = _parts(url)
    if parts is None or parts.scheme not in {"http", "https"}:
        raise ValueError("expected http://host:port")
    return url


def host_and_port(address: str) -> str:
    """Return the address as it is.

    Raises:
        ValueError: it is not `host:port`.
    """
    found = HOST_AND_PORT.fullmatch(address)
    if found is None or not 1 <= int(found[1]) <= LAST_PORT:
        raise ValueError("expected host:port")
    return address


def _brokers(addresses: str) -> str:
    try:
        for address in addresses.split(","):
            host_and_port(address)
    except ValueError:
        raise ValueError("expected host:port, or several with commas between") from None
    return addresses


def _postgres_url(url: str) -> str:
    parts = _parts(url)
    complete = parts is not None and parts.username and parts.path.strip("/")
    if parts is None or parts.scheme not in {"postgresql", "postgres"} or not complete:
        raise ValueError("expected postgresql://role@host:port/database")
    return url


def _redis_url(url: str) -> str:
    parts = _parts(url)
    if parts is None or parts.scheme not in {"redis", "rediss"}:
        raise ValueError("expected redis://host:port or rediss://host:port")
    return url


def with_password(url: str, password: str) -> str:
    """Return the address of a database with this password, whatever signs are in it, in the place of another."""
    parts = urlsplit(url)
    who = f"{quote(unquote(parts.username or ''), safe='')}:{quote(password, safe='')}"
    return parts._replace(netloc=f"{who}@{parts.netloc.rpartition('@')[2]}").geturl()


def _parts(url: str) -> SplitResult | None:
    """Return the parts of a URL, if there is a host in it and the port can be one."""
    try:
        parts = urlsplit(url)
        sound = parts.hostname and parts.port != 0 and not re.search(r"\s", url)
    except ValueError:  # the port is no number
        return None
    return parts if sound else None


HttpUrl = Annotated[str, AfterValidator(http_url)]
"""Where something answers over HTTP."""
Brokers = Annotated[str, AfterValidator(_brokers)]
"""Where the brokers are: `host:port`, several of them with commas between."""
PostgresUrl = Annotated[str, AfterValidator(_postgres_url), Field(repr=False)]
"""Where a database is. asyncpg's form, so without the name of a driver; it may hold a password."""
RedisUrl = Annotated[str, AfterValidator(_redis_url)]
"""Where a Redis is; it may hold a password, so a field of it is not shown."""
