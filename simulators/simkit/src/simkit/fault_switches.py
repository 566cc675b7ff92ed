"""Bad behaviour that can be switched on while a simulator runs, for all requests alike."""

from typing import Any, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simkit.bad_answers import AnswerSwitches


class Behaviour(AnswerSwitches):
    """The switches of an HTTP simulator; `…_next` counts down with each request it strikes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    latency_ms_min: int = Field(ge=0, description="shortest time to answer, ms")
    latency_ms_max: int = Field(ge=0, description="longest time to answer, ms")
    error_next: int = Field(
        0, ge=0, description="answer so many requests with a 500; nothing is done"
    )
    drop_next: int = Field(
        0, ge=0, description="cut the connection of so many requests; nothing is done"
    )
    lose_answer_next: int = Field(
        0, ge=0, description="carry out so many requests, then cut the connection: unknown result"
    )

    @model_validator(mode="after")
    def _shortest_before_longest(self) -> Self:
        if self.latency_ms_min > self.latency_ms_max:
            raise ValueError("latency_ms_min must not be above latency_ms_max")
        return self


B_co = TypeVar("B_co", bound=BaseModel, covariant=True)


class Switches(Generic[B_co]):
    """Behaviour of a simulator now, and when left alone."""

    def __init__(self, normal: B_co) -> None:
        self._normal = normal
        self.now = normal

    def put(self, wanted: dict[str, Any]) -> B_co:
        """Behave as wanted; what is left out is normal.

        Raises:
            ValidationError: for an unknown switch or an impossible value.
        """
        self.now = type(self._normal).model_validate({**self._normal.model_dump(), **wanted})
        return self.now

    def take(self, counter: str) -> bool:
        """Return whether this request is one of those that `counter` was set for; counts it down."""
        left: int = getattr(self.now, counter)
        if left == 0:
            return False
        self.now = self.now.model_copy(update={counter: left - 1})
        return True
