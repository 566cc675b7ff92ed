"""The reference of log lines is read from the code, and holds no key that changes from line to line."""

import sys
from pathlib import Path

import pytest
from orderstream.maps.log_lines import LogLine, UnstableKeyError, lines_of

SOURCE = """
import structlog

log = structlog.get_logger(__name__)
log.warning("till_stuck", till=7)
structlog.get_logger("x").info("opened")
log.log(10, "request", ms=1)
log.exception("broken", exc_info=None)
print("nothing")
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The source of a package that was not read yet."""
    source = tmp_path / tmp_path.name / "till.py"
    source.parent.mkdir()
    (source.parent / "__init__.py").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return source


def test_every_line_is_listed_with_its_level_and_fields(shop: Path) -> None:
    shop.write_text(SOURCE)
    assert lines_of(shop.parent.name) == [
        LogLine("broken", "error, with a traceback", (), "till"),
        LogLine("opened", "info", (), "till"),
        LogLine("request", "debug or info", ("ms",), "till"),
        LogLine("till_stuck", "warning", ("till",), "till"),
    ]


@pytest.mark.parametrize("call", ['log.info("Till stuck")', "log.info(told)", 'log.info(f"a_{b}")'])
def test_a_key_that_is_no_constant_in_snake_case_is_refused(shop: Path, call: str) -> None:
    shop.write_text(call)
    with pytest.raises(UnstableKeyError, match="till, line 1"):
        lines_of(shop.parent.name)
