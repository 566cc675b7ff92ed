"""The whole choreography, explored for one case."""

from dataclasses import dataclass

from choreography.actors import Service
from choreography.deciding import Decision, said
from choreography.endings import Ending
from choreography.exploring import Explored, State, explore
from choreography.scenario import ORDER, PLACED, Case, customer, services


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
        return Ending(buyer, acting, case.on_hand, state).name()

    explored = explore((buyer, *acting), (said(PLACED, 1),), judge)
    return Exploration(case, explored, acting)


def status_before_and_after(service: Service, decision: Decision) -> tuple[str | None, str | None]:
    """Where the order stands at the service before and after a decision."""
    before = service.decider.of(decision.before, ORDER).status
    return before, service.decider.of(decision.after, ORDER).status
