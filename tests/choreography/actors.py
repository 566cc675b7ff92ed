"""Who acts in the choreography: each one's situations are numbered, so that exploring is counting.

A service's situation is its state, what is on its way to it, and which of its commands are not
answered yet. All that can happen to it is worked out once per situation.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from choreography.deciding import Decider, Decision, HandlerFailedError, Said
from choreography.mailboxes import Mailbox
from messaging import Answer, Command
from messaging.delivery import Fact


class Move(NamedTuple):
    """Something that may happen next: `why` says it in words."""

    after: int
    said: tuple[Said, ...]
    why: str


class Situation(NamedTuple):
    """Where a service stands."""

    state: int
    mailbox: Any
    pending: tuple[Command, ...]


class Service:
    """A service with its surroundings: the broker before it, the outside world behind it."""

    def __init__(
        self,
        decider: Decider,
        mailbox: type[Mailbox],
        answers: Mapping[type[Command], Sequence[Answer]],
        alarms: Sequence[Fact] = (),
    ) -> None:
        self.name = decider.name
        self.decider = decider
        self._answers, self._alarms = answers, alarms
        self._numbers: dict[Situation, int] = {}
        self._situations: list[Situation] = []
        self._moves: dict[int, tuple[Move, ...]] = {}
        self._received: dict[tuple[int, tuple[Said, ...]], int] = {}
        self.number(Situation(0, mailbox(), ()))

    def number(self, situation: Situation) -> int:
        """The situation's number; 0 is where nothing has been heard yet."""
        if situation not in self._numbers:
            self._numbers[situation] = len(self._situations)
            self._situations.append(situation)
        return self._numbers[situation]

    def state(self, number: int) -> int:
        """The decider's state in a situation."""
        return self._situations[number].state

    def is_at_rest(self, number: int) -> bool:
        """Nothing is on its way to it and nothing is asked: only time or a customer can go on."""
        _, mailbox, pending = self._situations[number]
        return not mailbox and not pending

    def hears(self, said: Said) -> bool:
        """Whether something could follow from it."""
        return self.decider.hears(said.event)

    def receive(self, number: int, said: tuple[Said, ...]) -> int:
        """The situation after these events have been sent on their way to it."""
        known = self._received.get((number, said))
        if known is None:
            state, mailbox, pending = self._situations[number]
            for one in said:
                if self.hears(one):
                    mailbox = mailbox.put(one)
            known = self.number(Situation(state, mailbox, pending))
            self._received[number, said] = known
        return known

    def moves(self, number: int) -> tuple[Move, ...]:
        """Whatever may happen next: an event arrives, a command is answered, an alarm rings.

        Raises:
            HandlerFailedError: a handler raised.
        """
        known = self._moves.get(number)
        if known is None:
            known = self._moves[number] = tuple(self._work_out(self._situations[number], number))
        return known

    def _work_out(self, situation: Situation, number: int) -> list[Move]:
        state, mailbox, pending = situation
        moves = []
        for said, rest in mailbox.takes():
            decision = self.decider.decide(state, said.event, said.sequence)
            moves.append(self._move(decision, rest, pending, "hears"))
        for command in pending:
            others = tuple(other for other in pending if other != command)
            for answer in self._answers[type(command)]:
                decision = self.decider.decide(state, answer)
                moves.append(self._move(decision, mailbox, others, "is answered"))
        for alarm in self._alarms:
            move = self._move(self.decider.decide(state, alarm), mailbox, pending, "is alarmed by")
            if move.after != number:
                moves.append(move)
        return moves

    def _move(
        self, decision: Decision, mailbox: Mailbox, pending: tuple[Command, ...], verb: str
    ) -> Move:
        keys = {command.key for command in pending}
        if any(command.key in keys for command in decision.asked):
            raise HandlerFailedError(
                self.name, decision.fact, "asks again what is not answered yet"
            )
        after = tuple(sorted((*pending, *decision.asked), key=lambda command: command.key))
        number = self.number(Situation(decision.after, mailbox, after))
        return Move(number, decision.said, _in_words(self.name, verb, decision))


def _in_words(name: str, verb: str, decision: Decision) -> str:
    said = [f"says {type(said.event).__name__}" for said in decision.said]
    asked = [f"asks for {type(command).__name__}" for command in decision.asked]
    return ", ".join([f"{name} {verb} {type(decision.fact).__name__}", *said, *asked])
