"""Run each mutant's tests against it: `make mutants`. Ends with 1 if a mutant survives."""

import sys
import time

from mutants.breeding import MUTANTS
from mutants.copying import Copy, copied
from mutants.mutant import Mutant

ROW = "{:<68} | {:<9} | {:>5} | {}"


def report(line: str) -> None:
    print(line, flush=True)  # noqa: T201  # this is what it is for


def survives(copy: Copy, mutant: Mutant) -> bool:
    """Try one mutant and tell its row."""
    since = time.monotonic()
    with copy.holding(mutant):
        survived = copy.passes(mutant.seen_by)
    seconds = f"{time.monotonic() - since:.0f} s"
    seen_by = ", ".join(name.rpartition("/")[2] for name in mutant.seen_by)
    report(ROW.format(mutant.name, "SURVIVES" if survived else "seen", seconds, seen_by))
    return survived


def main(wanted: str = "") -> int:
    """Try the mutants whose name contains the text; first, that their tests pass without them."""
    chosen = [mutant for mutant in MUTANTS if wanted in mutant.name]
    with copied() as copy:
        tests = sorted({test for mutant in chosen for test in mutant.seen_by})
        if not copy.passes(tests):
            report("The tests fail even without a mutant: run `make test` first.")
            return 1
        report(ROW.format("mutant", "verdict", "took", "test that sees it"))
        survivors = [mutant for mutant in chosen if survives(copy, mutant)]
    report(f"{len(chosen)} mutants, {len(survivors)} of them survive.")
    return 1 if survivors or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
