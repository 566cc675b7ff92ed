"""One try to send a webhook."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
from messaging.retry_after import seconds_of

from notifier.webhooks.schedule import DELAYS_S
from notifier.webhooks.secrets import signatures
from notifier.webhooks.targets import BadTargetError, Target, Targets

TRY_S = 10.0
GONE = 410
SAYS_WHEN = (429, 503)
"""Whoever answers so may say when to come back (RFC 9110, 10.2.3; RFC 6585, 4)."""
LONGEST_WAIT_S = DELAYS_S[-1]
"""Whatever a receiver wants: a webhook is tried for a day."""
SAYS_WHO = "orderstream-webhooks/1"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a try went: the status of the answer, or what went wrong instead of one.

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
    """Sends webhooks to where `targets` allow."""

    http: httpx.AsyncClient
    targets: Targets

    async def send(self, url: str, keys: Sequence[str], webhook_id: str, body: str) -> Outcome:
        """Send a webhook once, signed at this moment; of the answer only the status is read.

        Redirects are not followed: the receiver was named by the customer, and by nobody else.
        """
        headers = signatures(keys, webhook_id, datetime.now(UTC), body)
        try:
            async with asyncio.timeout(TRY_S):
                target = await self.targets.resolve(url)
                response = await self.http.send(self._request(target, headers, body), stream=True)
                await response.aclose()
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
                "user-agent": SAYS_WHO,
            },
            extensions={"sni_hostname": target.host},
        )


def _wanted_wait_s(response: httpx.Response) -> float | None:
    if response.status_code not in SAYS_WHEN:
        return None
    return seconds_of(response.headers.get("retry-after"), LONGEST_WAIT_S)


def _authority(target: Target) -> str:
    name = f"[{target.host}]" if ":" in target.host else target.host
    return name if target.url.port is None else f"{name}:{target.url.port}"
