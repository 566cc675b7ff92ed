"""What the gateway cannot know: that a process which gives no answer dies soon after each start, and why."""

from collections.abc import Iterable
from typing import Any

from orderstream.health import last_words
from orderstream.platform import System


def note_failing(services: Iterable[dict[str, Any]], system: System) -> None:
    """Say of each process that does not stay up what it said last; of containers Docker knows."""
    if system.settings.platform != "native":
        return
    states = system.states()
    for one in services:
        state = states.get(one["name"])
        if state is not None and state.failing:
            one |= {"status": "no_answer", "detail": f"failing: {last_words(system, state)}"}
