"""The actors of the choreography: each one's situations are numbered, so that exploring is counting.

A service's situation is its state, what is on its way to it, and which of its commands are not
answered yet. All that can happen to it is worked out once per situation.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from choreography.deciding import Decider, Decision, Emitted, HandlerFailedError
from choreography.mailboxes import Mailbox
from messaging import Answer, Command, CommandRedriven, CommandRefused, Fact, refused

T = TypeVar("T")
DISCARDABLE = frozenset({"AuthorizePayment", "BookParcel", "SendMail"})
"""Of what was held or booked, no operator says that nothing was done: it is asked on."""


class Move(NamedTuple):
    """Something that may happen next: `why` says it in words."""

    after: int
    emitted: tuple[Emitted, ...]
    why: str


class Letter(NamedTuple):
    """A command that has ended without an answer, and waits for people."""

    command: Command
    is_final: bool


class Situation(NamedTuple):
    """Where a service stands. `refused` are the kinds of commands that have got a no: each once."""

    state: int
    mailbox: Any
    pending: tuple[Command, ...]
    letters: tuple[Letter, ...] = ()
    refused: frozenset[str] = frozenset()


class Service:
    """A service with its surroundings: the broker before it, the outside world behind it."""

    def __init__(
        self,
        decider: Decider,
        mailbox: type[Mailbox],
        answers: Mapping[type[Command], Sequence[Answer]],
        timers: Sequence[Fact] = (),
        refusable: frozenset[type[Command]] = frozenset(),
    ) -> None:
        self.name = decider.name
        self.decider = decider
        self._answers, self._timers, self._refusable = answers, timers, refusable
        self._numbers: dict[Situation, int] = {}
        self._situations: list[Situation] = []
        self._moves: dict[int, tuple[Move, ...]] = {}
        self._received: dict[tuple[int, tuple[Emitted, ...]], int] = {}
        self.number(Situation(0, mailbox(), ()))

    def number(self, situation: Situation) -> int:
        """The situation's number; 0 is the one in which nothing has been received yet."""
        if situation not in self._numbers:
            self._numbers[situation] = len(self._situations)
            self._situations.append(situation)
        return self._numbers[situation]

    def state(self, number: int) -> int:
        """The decider's state in a situation."""
        return self._situations[number].state

    def is_at_rest(self, number: int) -> bool:
        """Nothing is on its way to it and nothing is asked: only time or a customer can go on."""
        situation = self._situations[number]
        return not situation.mailbox and not situation.pending

    def letters(self, number: int) -> tuple[Letter, ...]:
        """What waits for people in a situation."""
        return self._situations[number].letters

    def consumes(self, emitted: Emitted) -> bool:
        """Whether something could follow from it."""
        return self.decider.consumes(emitted.event)

    def receive(self, number: int, emitted: tuple[Emitted, ...]) -> int:
        """The situation after these events have been sent on their way to it."""
        known = self._received.get((number, emitted))
        if known is None:
            before = self._situations[number]
            mailbox = before.mailbox
            for one in emitted:
                if self.consumes(one):
                    mailbox = mailbox.put(one)
            known = self.number(before._replace(mailbox=mailbox))
            self._received[number, emitted] = known
        return known

    def moves(self, number: int) -> tuple[Move, ...]:
        """Whatever may happen next: an event arrives, a command is answered, a timer fires.

        Raises:
            HandlerFailedError: a handler raised.
        """
        known = self._moves.get(number)
        if known is None:
            known = self._moves[number] = tuple(self._work_out(self._situations[number], number))
        return known

    def _work_out(self, now: Situation, number: int) -> list[Move]:
        moves = []
        for event, rest in now.mailbox.takes():
            decision = self.decider.decide(now.state, event.event, event.sequence)
            moves.append(self._move(decision, now._replace(mailbox=rest), "consumes"))
        for command in now.pending:
            others = now._replace(pending=_without(now.pending, command))
            for answer in self._answers[type(command)]:
                decision = self.decider.decide(now.state, answer)
                moves.append(self._move(decision, others, "is answered"))
            if type(command) in self._refusable and command.kind() not in now.refused:
                moves += self._refusals(command, others)
        for letter in now.letters:
            moves += self._acts(letter, now._replace(letters=_without(now.letters, letter)))
        for timer in self._timers:
            move = self._move(self.decider.decide(now.state, timer), now, "handles the timer")
            if move.after != number:
                moves.append(move)
        return moves

    def _refusals(self, command: Command, others: Situation) -> Iterator[Move]:
        """The neighbour gives a final no, or no answer for so long that it is not asked any more."""
        for is_final in (True, False):
            letters = (*others.letters, Letter(command, is_final))
            after = others._replace(letters=letters, refused=others.refused | {command.kind()})
            fact = refused(command, "no", is_final=is_final)
            yield self._move(self.decider.decide(others.state, fact), after, "is answered")

    def _acts(self, letter: Letter, others: Situation) -> Iterator[Move]:
        """Operators have it asked again; or they state, where it is unknown, that nothing was done."""
        kind, body = letter.command.kind(), letter.command.model_dump_json()
        fields = {"order_id": letter.command.order_id, "command": kind, "body": body}
        again = self.decider.decide(others.state, CommandRedriven(**fields))
        yield self._move(again, others, "is told by people")
        if not letter.is_final and kind in DISCARDABLE:
            no = self.decider.decide(others.state, CommandRefused(**fields, reason="nothing"))
            yield self._move(no, others, "is told by people")

    def _move(self, decision: Decision, after: Situation, verb: str) -> Move:
        keys = {command.key for command in after.pending}
        if any(command.key in keys for command in decision.asked):
            raise HandlerFailedError(
                self.name, decision.fact, "asks again what is not answered yet"
            )
        pending = tuple(sorted((*after.pending, *decision.asked), key=lambda one: one.key))
        number = self.number(after._replace(state=decision.after, pending=pending))
        return Move(number, decision.emitted, _in_words(self.name, verb, decision))


def _without(things: tuple[T, ...], one: T) -> tuple[T, ...]:
    return tuple(other for other in things if other != one)


def _in_words(name: str, verb: str, decision: Decision) -> str:
    event = [f"emits {type(event.event).__name__}" for event in decision.emitted]
    asked = [f"asks for {type(command).__name__}" for command in decision.asked]
    return ", ".join([f"{name} {verb} {type(decision.fact).__name__}", *event, *asked])
