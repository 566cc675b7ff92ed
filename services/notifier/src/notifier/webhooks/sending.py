"""One try to send a webhook."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
from servicekit import seconds_of
from servicekit.call_spans import answered, http_call

from notifier.webhooks.hosts import without_root
from notifier.webhooks.schedule import DELAYS_S
from notifier.webhooks.secrets import signatures
from notifier.webhooks.targets import BadTargetError, Target, Targets

TRY_S = 10.0
GONE = 410
SAYS_WHEN = (429, 503)
"""These responses may say when to come back (RFC 9110, 10.2.3; RFC 6585, 4)."""
LONGEST_WAIT_S = DELAYS_S[-1]
"""Whatever a receiver wants: a webhook is tried for a day."""
SAYS_WHO = "orderstream-webhooks/1"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of a try: the status of the answer, or what went wrong instead of one.

    `after_s` is how long the receiver wants to be left alone, if it says so.
    """

    status: int | None
    error: str | None = None
    after_s: float | None = None

    @property
    def was_taken(self) -> bool:
        """The receiver has it: any 2xx."""
        return self.status is not None and httpx.codes.is_success(self.status)

    @property
    def is_unwanted(self) -> bool:
        """The receiver wants nothing more, ever (410)."""
        return self.status == GONE


@dataclass(frozen=True, slots=True)
class Sender:
    """Sender of webhooks to where `targets` allow."""

    http: httpx.AsyncClient
    targets: Targets

    async def send(self, url: str, keys: Sequence[str], webhook_id: str, body: str) -> Outcome:
        """Send a webhook once, signed at this moment; of the answer only the status is read.

        Redirects are not followed: only the customer names the receiver.
        """
        headers = signatures(keys, webhook_id, datetime.now(UTC), body)
        try:
            async with asyncio.timeout(TRY_S):
                target = await self.targets.resolve(url)
                named = target.url.copy_with(host=target.host)
                with http_call("POST", named, {}) as span:  # our traces are no business of theirs
                    span.name = "webhook POST"
                    request = self._request(target, headers, body)
                    response = await self.http.send(request, stream=True)
                    await response.aclose()
                    answered(span, response.status_code)
        except TimeoutError:
            return Outcome(None, f"no answer within {TRY_S:g} s")
        except BadTargetError as error:
            return Outcome(None, str(error))
        except httpx.HTTPError as error:
            return Outcome(None, f"{type(error).__name__}: {error}"[:200])
        status = response.status_code
        if response.is_success:
            return Outcome(status)
        return Outcome(status, f"answered {status}", _wanted_wait_s(response))

    def _request(self, target: Target, headers: dict[str, str], body: str) -> httpx.Request:
        return self.http.build_request(
            "POST",
            target.url,
            content=body.encode(),
            headers={
                **headers,
                "content-type": "application/json",
                "host": _authority(target),
                # Kept, it would be used for whatever other name has the same address, unverified.
                "connection": "close",
                "user-agent": SAYS_WHO,
            },
            extensions={"sni_hostname": without_root(target.host)},
        )


def _wanted_wait_s(response: httpx.Response) -> float | None:
    if response.status_code not in SAYS_WHEN:
        return None
    return seconds_of(response.headers.get("retry-after"), LONGEST_WAIT_S)


def _authority(target: Target) -> str:
    name = f"[{target.host}]" if ":" in target.host else target.host
    return name if target.url.port is None else f"{name}:{target.url.port}"
