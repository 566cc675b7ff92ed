"""The registry of a service: which plain function handles which fact."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from events import Event, Topic

from messaging.model.commands import Command
from messaging.model.delivery import Fact
from messaging.model.facts import LocalFact
from messaging.model.unit_of_work import UnitOfWork

W = TypeVar("W", bound=UnitOfWork[Any])
F = TypeVar("F", bound=Event | LocalFact)
Handler = Callable[[Any, W], None]


class UndeclaredEffectError(RuntimeError):
    """A handler emitted or asked something that its registration does not name."""


@dataclass(frozen=True, slots=True)
class Registration(Generic[W]):
    """One handler with what it may emit and ask: a row of the map of the choreography."""

    fact_type: type[Fact]
    handler: Handler[W]
    emits: tuple[type[Event], ...]
    asks: tuple[type[Command], ...]
    where: Callable[[Any], bool] | None = None


class Handlers(Generic[W]):
    """The handlers of a service, by the type of fact.

    The declared effects are what the generated maps are drawn from, so a handler that does
    anything else is refused.
    """

    def __init__(self, service: str) -> None:
        self.service = service
        self._registrations: dict[type[Fact], Registration[W]] = {}
        self._type_names: frozenset[str] = frozenset()

    def on(
        self,
        *fact_types: type[F],
        emits: Sequence[type[Event]] = (),
        asks: Sequence[type[Command]] = (),
        where: Callable[[F], bool] | None = None,
    ) -> Callable[[Callable[[F, W], None]], Callable[[F, W], None]]:
        """Register the handler of events, answers or timers.

        `where` looks at the event alone: one that it rejects is skipped before it costs a transaction.
        """

        def register(handler: Callable[[F, W], None]) -> Callable[[F, W], None]:
            for fact_type in fact_types:
                self._register(fact_type, handler, emits, asks, where)
            return handler

        return register

    def _register(
        self,
        fact_type: type[Any],
        handler: Handler[W],
        emits: Sequence[type[Event]],
        asks: Sequence[type[Command]],
        where: Callable[[Any], bool] | None,
    ) -> None:
        if fact_type in self._registrations:
            raise ValueError(f"{self.service} already handles {fact_type.__name__}")
        self._registrations[fact_type] = Registration(
            fact_type, handler, tuple(emits), tuple(asks), where
        )
        if issubclass(fact_type, Event):
            self._type_names |= {fact_type.type_name()}

    @property
    def registrations(self) -> tuple[Registration[W], ...]:
        """Every handler, in the order of the file."""
        return tuple(self._registrations.values())

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The topics that carry what is handled here."""
        events = (fact for fact in self._registrations if issubclass(fact, Event))
        return tuple(dict.fromkeys(fact.topic for fact in events))

    @property
    def type_names(self) -> frozenset[str]:
        """The CloudEvents types that are handled here; all others are passed over undecoded."""
        return self._type_names

    def local_fact(self, name: str) -> type[LocalFact]:
        """Find the answer or timer of this name.

        Raises:
            LookupError: the service handles none of that name (any more).
        """
        for fact_type in self._registrations:
            if issubclass(fact_type, LocalFact) and fact_type.__name__ == name:
                return fact_type
        raise LookupError(f"{self.service} handles no {name}")

    def concerns(self, fact: Fact) -> bool:
        """Return whether the service has anything to do with this fact."""
        registration = self._registrations.get(type(fact))
        return registration is not None and (registration.where is None or registration.where(fact))

    def handle(self, fact: Fact, work: W) -> None:
        """Let the fact's handler decide; what it emits and asks stays in the unit of work.

        Raises:
            UndeclaredEffectError: the handler did more than it declares.
        """
        registration = self._registrations[type(fact)]
        if not self.concerns(fact):
            return
        emitted, asked = len(work.emitted), len(work.asked)
        registration.handler(fact, work)
        for envelope in work.emitted[emitted:]:
            _require(type(envelope.event), registration.emits, registration)
        for ask in work.asked[asked:]:
            _require(type(ask.command), registration.asks, registration)


def _require(
    effect: type[object], declared: tuple[type[object], ...], registration: Registration[Any]
) -> None:
    if effect not in declared:
        name = getattr(registration.handler, "__name__", "a handler")
        raise UndeclaredEffectError(f"{name} does not declare {effect.__name__}")
