"""The CLIENT span of a call over HTTP.

It names no query, which may hold what is personal, or a secret.
"""

from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager

import httpx
from tracing import Span, calling
from tracing.context import TRACEPARENT
from tracing.names import (
    HTTP_METHOD,
    HTTP_RESENDS,
    HTTP_STATUS,
    SERVER_ADDRESS,
    SERVER_PORT,
    URL_FULL,
    URL_TEMPLATE,
)
from tracing.span import Value

PORTS: Mapping[str, int] = {"http": 80, "https": 443}


@contextmanager
def http_call(
    method: str,
    url: httpx.URL,
    headers: MutableMapping[str, str],
    template: str | None = None,
    *,
    resends: int = 0,
) -> Iterator[Span]:
    """Make a request inside a span, and let its headers name it.

    `template` is its path with names in place of ids; without one the span is named by its method
    alone, for names of spans are few. It was sent `resends` times before.
    """
    port = url.port or PORTS.get(url.scheme, 0)
    attributes: dict[str, Value] = {
        HTTP_METHOD: method,
        SERVER_ADDRESS: url.host,
        SERVER_PORT: port,
        URL_FULL: f"{url.scheme}://{url.host}:{port}{template or ''}",
    }
    if resends:
        attributes[HTTP_RESENDS] = resends
    if template is not None:
        attributes[URL_TEMPLATE] = template
    with calling(f"{method} {template}" if template else method, attributes) as span:
        if span.traceparent is not None:
            headers[TRACEPARENT] = span.traceparent
        yield span


def answered(span: Span, status: int) -> None:
    """Note the status of the response; 400 and above is an error for the caller."""
    span.attributes[HTTP_STATUS] = status
    if httpx.codes.is_error(status):
        span.fail(str(status))
