"""A mutant: the source with one guarantee broken, and the tests that must see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class DoesNotApplyError(Exception):
    """The text that a mutant replaces is not in the source (any more), or more than once."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """`changes` are texts of the file and what stands there instead; `seen_by` are pytest's names."""

    name: str
    file: str
    changes: Sequence[tuple[str, str]]
    seen_by: Sequence[str]

    def mutated(self, root: Path) -> str:
        """The file's text with the guarantee broken.

        Raises:
            DoesNotApplyError: the source has changed, so the mutant must too.
        """
        text = (root / self.file).read_text()
        for before, after in self.changes:
            if text.count(before) != 1:
                found = text.count(before)
                raise DoesNotApplyError(f"{self.name}: {self.file} has {found} times:\n{before}")
            text = text.replace(before, after)
        return text

    def row(self) -> str:
        """The mutant's row in the documentation."""
        tests = [name.rpartition("/")[2] for name in self.seen_by]
        return f"| {self.name} | `{Path(self.file).name}` | {', '.join(f'`{t}`' for t in tests)} |"
