"""What is logged of a story: told when it fails, and never what a customer is called."""

import json
from pathlib import Path

from e2e.planted import PLANTED, found_in_logs
from e2e.telling import LINES, logged_of
from stack import Settings, System
from testkit import samples


def line(number: int, order_id: str) -> str:
    told = {"order_id": order_id, "number": number, "event": "tried", "level": "info"}
    return json.dumps(told | {"timestamp": f"2026-11-29T14:00:{number:02}Z"}) + "\n"


def test_the_last_lines_about_an_order_are_told_in_the_order_of_time(tmp_path: Path) -> None:
    order, other = samples.new_order(), samples.new_order()
    system = System(Settings(state_dir=tmp_path), ())
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "psp.log").write_text(line(51, order) + line(52, other))
    (folder / "gateway.log").write_text("".join(line(number, order) for number in range(50)))
    told = logged_of(system, order)
    assert len(told) == LINES
    assert "number=49" in told[-2]
    assert "psp" in told[-1]
    assert "number=51" in told[-1]
    assert logged_of(system, other) == [told[-1].replace(order, other).replace("51", "52")]
    assert logged_of(system, samples.new_order()) == ["  nothing"]


def test_what_a_log_says_of_a_person_is_a_violation(tmp_path: Path) -> None:
    system = System(Settings(state_dir=tmp_path), ())
    log = tmp_path / "logs" / "psp.log"
    log.parent.mkdir()
    log.write_text(line(1, samples.new_order()))
    assert found_in_logs(system) == []
    for what, text in PLANTED.items():
        log.write_text(f"somebody is {text}, it says\n")
        (found,) = found_in_logs(system)
        assert found.subject == "psp"
        assert found.finding.startswith(f"{what}: ")
