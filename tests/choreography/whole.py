"""The whole choreography, explored for one case."""

from dataclasses import dataclass

from choreography.actors import Service
from choreography.deciding import Decision, emitted
from choreography.endings import Ending, require_shelf
from choreography.exploring import Explored, State, explore
from choreography.holding import held, is_held, waits_for_its_deadline
from choreography.scenario import ORDER, PLACED, WANTED, Case, customer, services


@dataclass(frozen=True, slots=True)
class Exploration:
    """What was seen of one case: its size, and every decision that a service can come to."""

    case: Case
    explored: Explored
    services: tuple[Service, ...]

    def decisions(self) -> list[tuple[Service, Decision]]:
        """Every distinct decision, with who takes it."""
        return [(s, d) for s in self.services for d in s.decider.decisions.values()]


def explore_case(case: Case) -> Exploration:
    """Look at everything that can happen to the order.

    Raises:
        CanHappenError: something that must not.
    """
    buyer, acting = customer(), services(case)

    def judge(state: State) -> str:
        works = [s.decider.works[s.state(n)] for s, n in zip(acting, state[1:], strict=True)]
        asked = not buyer.is_silent(state[0])
        ending = Ending(*(work.of(ORDER) for work in works), customer_asked=asked)
        letters = [one for s, n in zip(acting, state[1:], strict=True) for one in s.letters(n)]
        if is_held(ending, letters):
            return held(ending, letters)
        if waits_for_its_deadline(ending):
            return "waits for its deadline"
        name = ending.name()
        gone = WANTED if name == "completed" else 0
        require_shelf(vars(works[1])["stock"]["MUG"], case.on_hand - gone, gone)
        return name

    explored = explore((buyer, *acting), (emitted(PLACED, 1),), judge)
    return Exploration(case, explored, acting)


def status_before_and_after(service: Service, decision: Decision) -> tuple[str | None, str | None]:
    """Where the order stands at the service before and after a decision."""
    before = service.decider.of(decision.before, ORDER).status
    return before, service.decider.of(decision.after, ORDER).status
