"""What there is to know about one process of the system."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

INSTANCE_STEP = 10
"""Ports of neighbouring instances of one process are so far apart."""
BROKER_STEP = 100
"""Ports of neighbouring brokers, for the tens behind the first hold the simulators."""


class Layer(StrEnum):
    """Where a process stands; a later layer uses the earlier ones."""

    INFRASTRUCTURE = "infrastructure"
    OBSERVABILITY = "observability"
    SIMULATORS = "simulators"
    WORKERS = "workers"
    APIS = "apis"


def nth_port(first: int, number: int) -> int:
    """Return where the nth instance of a process listens; the first is number 1."""
    return first + INSTANCE_STEP * (number - 1)


def broker_port(first: int, number: int) -> int:
    """Return where the nth broker listens; so far from the first that no instance of a process is there."""
    return first + BROKER_STEP * (number - 1)


def broker_name(number: int) -> str:
    """Return what the nth broker of Kafka is called; the first is number 1."""
    return "kafka" if number == 1 else f"kafka-{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process: its command, its whole configuration, and how to ask it whether it is well.

    `ports` maps every port that it listens on to the setting that moves it, the main port first.
    `folder` is where it runs, as seen from the state folder. `needs` names the processes that it
    talks to. `service` is the service that it belongs to, if any.
    """

    name: str
    layer: Layer
    argv: tuple[str, ...]
    ports: Mapping[int, str]
    host: str = "127.0.0.1"
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: str = "/"
    needs: tuple[str, ...] = ()
    service: str | None = None
    instance: int = 1
    speaks_http: bool = True
    user: str | None = None
    stop_signal: str = "TERM"
    stop_as_group: bool = True

    @property
    def port(self) -> int:
        """The port that it is known by."""
        return next(iter(self.ports))

    @property
    def first_name(self) -> str:
        """What the first instance of the same process is called."""
        return self.name.removesuffix(f"-{self.instance}")

    @property
    def url(self) -> str | None:
        """The address of its HTTP side."""
        return f"http://{self.host}:{self.port}" if self.speaks_http else None

    @property
    def health_url(self) -> str | None:
        """Answers 200 when the process and everything that it needs is there."""
        return f"{self.url}/readyz" if self.url else None
