"""What went wrong with one order on its way, by the books of everybody, whatever was planned."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
from client.http import open_http
from servicekit.sentences import sentence
from stack import Layer, System
from stack.supervisor_files import DAEMON_LOG, spawns

from orderstream.dead_letters.reading import Letter, read_settled
from orderstream.errors import CommandError
from orderstream.following.records import OrderRecord, placed_ms


@dataclass(frozen=True, slots=True)
class Late:
    """An event that reached the broker only so many seconds after it was emitted."""

    service: str
    event: str
    by_s: float


ASKED = ("psp", "carrier")
TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Call:
    """One try of a command, as whoever was asked has seen it; `ended` is answered, cut or silent."""

    asked: str
    command: str
    took_ms: int
    ended: str
    status: int | None


async def read_calls(system: System, order_id: str) -> list[Call]:
    """Return every try of every command about an order, by whom it asked.

    A process that does not answer is left out.
    """
    async with open_http(timeout=TIMEOUT_S) as http:
        names = [one.name for one in system.processes if one.name in ASKED]
        found = await asyncio.gather(*(_read(http, system, name, order_id) for name in names))
    return [call for calls in found for call in calls]


async def _read(http: httpx.AsyncClient, system: System, name: str, order_id: str) -> list[Call]:
    try:
        answer = await http.get(f"{system.url(name)}/requests", params={"key": f"{order_id}:"})
        answer.raise_for_status()
    except httpx.HTTPError:
        return []
    return [
        Call(
            asked=name,
            command=one["key"].partition(":")[2],
            took_ms=one["took_ms"],
            ended=one["ended"],
            status=one["status"],
        )
        for one in answer.json()
    ]


@dataclass(frozen=True, slots=True)
class Restart:
    """A process that ended by itself, and when it was started again."""

    process: str
    at: datetime


def read_restarts(system: System, since: datetime, until: datetime) -> list[Restart]:
    """Return the restarts of workers in a time, by the supervisor's log; of containers Docker knows."""
    if system.settings.platform != "native":
        return []
    workers = {one.name for one in system.processes if one.layer is Layer.WORKERS}
    found = (
        Restart(one.name, datetime.fromtimestamp(one.at, UTC))
        for one in spawns(system.folders.log_of(DAEMON_LOG))
        if one.again and one.name in workers
    )
    return [one for one in found if since <= one.at <= until]


LATE_S = 1.0
"""A relay takes moments; what takes longer waited for a broker, or for a worker that was dead."""


@dataclass(frozen=True, slots=True)
class Mishaps:
    """Everything that is known of how one order fared, its mishaps among it.

    `slowest_ms` is how long each part of the outside world takes at most when all is well.
    """

    placed_at: datetime
    calls: Sequence[Call] = ()
    letters: Sequence[Letter] = ()
    restarts: Sequence[Restart] = ()
    late: Sequence[Late] = ()
    slowest_ms: int = 2000


async def read_mishaps(system: System, order_id: str, records: Sequence[OrderRecord]) -> Mishaps:
    """Return how an order fared, with what the topics say about it. What cannot be read is left out."""
    placed_at = datetime.fromtimestamp(placed_ms(order_id) / 1000, UTC)
    last = max((one.recorded_at for one in records), default=datetime.now(UTC))
    settings = system.settings
    return Mishaps(
        placed_at=placed_at,
        calls=await read_calls(system, order_id),
        letters=await _letters(system, order_id),
        restarts=read_restarts(system, placed_at, last),
        late=[*_late(records)],
        slowest_ms=max(settings.psp_latency_ms_max, settings.carrier_latency_ms_max),
    )


def _late(records: Iterable[OrderRecord]) -> Iterable[Late]:
    seen = set()
    for one in records:
        envelope = one.envelope
        if envelope is None or one.is_dead_letter or envelope.id in seen:
            continue
        seen.add(envelope.id)
        by_s = (one.recorded_at - envelope.time).total_seconds()
        if by_s >= LATE_S:
            yield Late(envelope.source, type(envelope.event).__name__, by_s)


async def _letters(system: System, order_id: str) -> list[Letter]:
    try:
        return await read_settled(system, order_id)
    except CommandError:
        return []


WHO = {"psp": "the payment provider", "carrier": "the carrier"}
WHAT = {
    "AuthorizePayment": "to hold the money",
    "CapturePayment": "to take the money",
    "VoidPayment": "to let the money go",
    "BookParcel": "to take the parcel",
    "CancelBooking": "to give the parcel back",
}
TIMES = {1: "once", 2: "twice"}
ENDED = {"cut": "it cut the connection", "silent": "it never answered"}
SERVER_ERROR, CLIENT_ERROR = 500, 400
IN_FLIGHT = 409
A_MOMENT_MS = 100
SLOWER_MS = 500
"""Beyond the longest time that it takes to answer, so that a busy machine is no mishap."""


def tell(mishaps: Mishaps) -> list[str]:
    """Return a sentence for each mishap; none where all went well."""
    return [sentence(f"{told[0].upper()}{told[1:]}") for told in _tell(mishaps)]


def _tell(mishaps: Mishaps) -> Iterator[str]:
    tries: dict[tuple[str, str], list[Call]] = {}
    for call in mishaps.calls:
        tries.setdefault((call.asked, call.command), []).append(call)
    for (asked, command), calls in tries.items():
        if len(calls) > 1 or not _went_well(calls[0], mishaps.slowest_ms):
            yield _tell_calls(asked, command, calls)
    for letter in mishaps.letters:
        error = sentence(f"{letter.id.service} could not handle {letter.fact}: {letter.error}")
        yield f"{error} It was set aside as {letter.id}, and {letter.outcome} on an operator's word"
    for restart in mishaps.restarts:
        after = (restart.at - mishaps.placed_at).total_seconds()
        yield f"{restart.process} ended, and was started again {after:.1f} s after the order was placed"
    for late in mishaps.late:
        yield f"{late.event} reached its topic {late.by_s:.1f} s after {late.service} had emitted it"


def _went_well(call: Call, slowest_ms: int) -> bool:
    answered = call.status is not None and call.status < CLIENT_ERROR
    return answered and call.took_ms <= slowest_ms + SLOWER_MS


def _tell_calls(asked: str, command: str, calls: Sequence[Call]) -> str:
    times = TIMES.get(len(calls), f"{len(calls)} times")
    what = WHAT.get(command, f"for {command}")
    ends = ", then ".join(_runs(calls))
    return f"{WHO.get(asked, asked)} was asked {times} {what}: {ends}"


def _runs(calls: Sequence[Call]) -> Iterator[str]:
    """Yield how the tries ended, those that ended alike one after the other told once."""
    ends = [_end(call) for call in calls]
    begin = 0
    while begin < len(ends):
        end = begin
        while end < len(ends) and ends[end] == ends[begin]:
            end += 1
        count = end - begin
        yield ends[begin] if count == 1 else f"{count} times {ends[begin]}"
        begin = end


def _end(call: Call) -> str:
    if call.status is None:
        return ENDED[call.ended]
    if call.status == IN_FLIGHT:
        return "it was still at it (409)"
    if call.status >= SERVER_ERROR:
        return f"it failed ({call.status})"
    if call.status >= CLIENT_ERROR:
        return f"it refused ({call.status})"
    after = f"after {call.took_ms / 1000:.1f} s" if call.took_ms >= A_MOMENT_MS else "at once"
    return f"it did so, {after}"
