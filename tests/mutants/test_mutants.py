"""The mutants keep up with the source. That each is seen by its tests takes minutes: `make mutants`."""

from pathlib import Path

import pytest
from mutants.breeding import MUTANTS
from mutants.copying import ROOT
from mutants.mutant import DoesNotApplyError, Mutant

PAGE = ROOT / "docs" / "mutants.md"
BEGINS, ENDS = "<!-- mutants -->\n", "<!-- end -->"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_mutant_still_applies(mutant: Mutant) -> None:
    compile(mutant.mutated(ROOT), mutant.file, "exec")


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_tests_that_see_it_are_still_there(mutant: Mutant) -> None:
    for name in mutant.seen_by:
        file, _, test = name.partition("::")
        assert f"def {test}(" in (ROOT / file).read_text() if test else (ROOT / file).exists()


@pytest.mark.parametrize("text", ["never there", "twice"])
def test_a_text_that_is_not_there_exactly_once_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "source.py").write_text("twice = 'twice'\n")
    with pytest.raises(DoesNotApplyError, match="the name"):
        Mutant("the name", "source.py", [(text, "")], []).mutated(tmp_path)


def test_the_page_names_every_mutant_and_the_test_that_sees_it() -> None:
    table = PAGE.read_text().partition(BEGINS)[2].partition(ENDS)[0]
    assert table.splitlines()[2:] == [mutant.row() for mutant in MUTANTS]
