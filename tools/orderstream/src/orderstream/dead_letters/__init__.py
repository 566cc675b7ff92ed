"""Dead letters as operators see them: found, read without what is personal, redriven or discarded."""

from orderstream.dead_letters.acting import Action
from orderstream.dead_letters.letters import SERVICES, LetterId
from orderstream.dead_letters.letting_go import let_go
from orderstream.dead_letters.masking import masked
from orderstream.dead_letters.reading import read
from orderstream.dead_letters.showing import show_letter, show_letters
from orderstream.dead_letters.wish import Wish, known

__all__ = [
    "SERVICES",
    "Action",
    "LetterId",
    "Wish",
    "known",
    "let_go",
    "masked",
    "read",
    "show_letter",
    "show_letters",
]
