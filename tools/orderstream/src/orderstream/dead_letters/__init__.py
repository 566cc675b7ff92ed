"""Dead letters as operators see them: found, read without what is personal, redriven or discarded."""

from orderstream.dead_letters.acting import Action, Asked, ask, wait_until_done
from orderstream.dead_letters.letters import Act, Letter, LetterId, find, read, read_acts
from orderstream.dead_letters.masking import masked

__all__ = [
    "Act",
    "Action",
    "Asked",
    "Letter",
    "LetterId",
    "ask",
    "find",
    "masked",
    "read",
    "read_acts",
    "wait_until_done",
]
