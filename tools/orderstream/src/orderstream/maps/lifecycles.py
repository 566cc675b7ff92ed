"""The map of lifecycles: the states of what each service keeps about an order."""

from collections.abc import Iterator
from typing import Any

from messaging import Lifecycle

from orderstream.maps.markdown import mermaid, page
from orderstream.maps.registries import event_services, lifecycle_of

ABOUT = """The states of what each service keeps about an order, and the only ways between them: any other change
raises `IllegalTransitionError`. Each diagram is its service's `lifecycle.py`."""


def draw() -> str:
    """The page."""
    parts = [ABOUT]
    for service in event_services():
        lifecycle = lifecycle_of(service)
        if lifecycle is None:
            continue
        title = (
            f"## {service}: the {lifecycle.noun}" if lifecycle.noun != service else f"## {service}"
        )
        parts += [title, mermaid("stateDiagram-v2", _diagram(lifecycle))]
    return page("Lifecycles", *parts)


def _diagram(lifecycle: Lifecycle[Any]) -> Iterator[str]:
    yield f"[*] --> {next(iter(lifecycle.transitions))}"
    for state, following in lifecycle.transitions.items():
        # A set has no order of its own: that of the file is everywhere the same.
        for after in lifecycle.transitions:
            if after in following:
                yield f"{state} --> {after}"
        if not following:
            yield f"{state} --> [*]"
