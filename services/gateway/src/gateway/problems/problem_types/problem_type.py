"""A type of problem, described for programs and for people."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A type of refusal: its status, its title, when it happens, and what the client should do.

    `example` is a JSON pointer (RFC 6901) that its `errors` could have, where they point at parts.
    """

    status: int
    title: str
    cause: str
    advice: str
    example: str | None = None


TRY_AGAIN = "Try again after Retry-After seconds, with the same Idempotency-Key."
