"""What a service asks of the outside world: a row first, a call after the commit."""

from collections.abc import Awaitable, Callable
from types import UnionType
from typing import Any, Generic, TypeVar, get_args, get_type_hints

from events import OrderId
from pydantic import BaseModel, ConfigDict

from messaging.model.facts import Answer

O = TypeVar("O")  # noqa: E741  # the outside: whatever client the service calls with
C = TypeVar("C", bound="Command")


class Command(BaseModel):
    """A request to the outside world, repeated with the same idempotency key until answered."""

    model_config = ConfigDict(frozen=True)

    order_id: OrderId

    @classmethod
    def kind(cls) -> str:
        """Return the command's name in its row."""
        return cls.__name__

    @classmethod
    def key_of(cls, order_id: OrderId) -> str:
        """Return the key of an order's command of this kind."""
        return f"{order_id}:{cls.kind()}"

    @property
    def key(self) -> str:
        """The idempotency key: one command of a kind per order, however often it is tried."""
        return self.key_of(self.order_id)


Call = Callable[[Any, O], Awaitable[Answer]]


class Commands(Generic[O]):
    """Calls by the commands that they carry out.

    A call gets the command and the service's client, and returns the answer. If it raises
    `RefusedError`, the answer is a final no. Anything else that it raises means that the result is
    unknown: the same command is tried again later.
    """

    def __init__(self) -> None:
        self._calls: dict[type[Command], Call[O]] = {}
        self._by_kind: dict[str, type[Command]] = {}

    def on(self, command_type: type[C]) -> Callable[[Call[O]], Call[O]]:
        """Register the call for a command."""

        def register(call: Call[O]) -> Call[O]:
            if command_type in self._calls:
                raise ValueError(f"{command_type.kind()} has a call already")
            self._calls[command_type] = call
            self._by_kind[command_type.kind()] = command_type
            return call

        return register

    @property
    def types(self) -> tuple[type[Command], ...]:
        """Every command that has a call."""
        return tuple(self._calls)

    @property
    def answers(self) -> dict[type[Command], tuple[type[Answer], ...]]:
        """What each command may be answered with: what its call is annotated to return."""
        return {command: _returned_by(call) for command, call in self._calls.items()}

    def read(self, kind: str, body: str) -> Command:
        """Rebuild a command from its row."""
        return self._by_kind[kind].model_validate_json(body)

    async def carry_out(self, command: Command, outside: O) -> Answer:
        """Make the call that belongs to the command."""
        return await self._calls[type(command)](command, outside)


def _returned_by(call: Call[Any]) -> tuple[type[Answer], ...]:
    returned = get_type_hints(call)["return"]
    return get_args(returned) if isinstance(returned, UnionType) else (returned,)
