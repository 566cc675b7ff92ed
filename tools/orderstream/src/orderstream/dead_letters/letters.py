"""A dead letter, and what operators did about it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Self

from orderstream.failing import CommandError
from orderstream.platform import DATABASES
from orderstream.wording import program

SERVICES = tuple(DATABASES)
"""Whoever hears events can fail to handle one, and who says any, to publish one."""
WORKERS = tuple(service for service in SERVICES if service != "gateway")
"""Those that hear, and pause when they can handle nothing."""
NUMBER = re.compile(r"[1-9][0-9]{0,17}")


class LetterId(NamedTuple):
    """A letter is numbered by the service that set it aside."""

    service: str
    number: int

    def __str__(self) -> str:
        return f"{self.service}:{self.number}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `shipping:12`.

        Raises:
            CommandError: it is no letter's name.
        """
        service, _, number = text.partition(":")
        if service not in SERVICES or not NUMBER.fullmatch(number):
            raise CommandError(
                f"{text!r} names no dead letter. Give a service and a number, such as shipping:12; "
                f"the services are {', '.join(SERVICES)}. See: {program()} dead-letters list"
            )
        return cls(service, int(number))


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter. `place` is its record's partition and offset; an answer or alarm has none."""

    id: LetterId
    origin: str
    place: tuple[int, int] | None
    key: str
    value: bytes | None
    headers: Sequence[tuple[str, str | None]]
    error: str
    set_aside_at: datetime
    settled_at: datetime | None
    outcome: str | None

    @property
    def fact(self) -> str:
        """What it says, by the name of its type."""
        told = dict(self.headers).get("ce_type") or self.origin
        for prefix in ("orderstream.", "local:", "command:", "outbox:"):
            told = told.removeprefix(prefix)
        return told.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Act:
    """What an operator did about a letter, and why."""

    action: str
    operator: str
    reason: str
    requested_at: datetime
    done_at: datetime | None
    outcome: str | None
