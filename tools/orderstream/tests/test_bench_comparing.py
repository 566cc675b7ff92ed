"""Two benches are compared by ratios, and what is within their noise is called noise."""

import json
from pathlib import Path
from typing import Any

import pytest
from orderstream.bench.comparing import Difference, compare
from orderstream.cli import app
from orderstream.errors import CommandError
from typer.testing import CliRunner

SCATTER = (0.98, 1.0, 1.02)


def figures(cpu_ms: float, machine: float = 1.0, scatter: tuple[float, ...] = SCATTER) -> Any:
    """What a bench has found on a machine that is so many times as slow."""
    return {
        "format": 1,
        "plan": {"mix": {"declined": 3, "cancelled": 1}, "seconds": 20},
        "series": [
            {
                "floor": {"cpu_ms": machine, "p50_ms": 10 * machine, "p99_ms": 20 * machine},
                "trials": [
                    {
                        "rate": 50.0,
                        "is_disturbed": False,
                        "system_cpu_ms": cpu_ms * machine * chance,
                        "outcome": {"p50_ms": 100 * machine, "p99_ms": 300 * machine * chance},
                        "ended_per_second": 50.0,
                        "switches": {"kafka": 50.0},
                        "counted": {"order-worker": {"batches": 0.5}},
                        "cpu_ms": {"kafka": 4 * machine * chance},
                    }
                ],
            }
            for chance in scatter
        ],
    }


def found(before: Any, after: Any) -> dict[str, Difference]:
    return {one.figure: one for one in compare(before, after)}


def test_a_change_beyond_the_noise_is_told_on_a_machine_of_any_speed() -> None:
    differences = found(figures(40), figures(30, machine=1.4))
    cpu = differences["CPU an order"]
    assert cpu.ratio == pytest.approx(0.75)
    assert cpu.noise is not None
    assert 0.02 < cpu.noise < 0.1
    assert cpu.verdict == "less"
    assert differences["CPU of kafka"].verdict == "noise"
    assert differences["p50"].verdict == "noise"
    assert "publishes an order" not in differences, "none counted any"


def test_a_change_within_the_noise_or_measured_once_is_no_change() -> None:
    wide = (0.7, 1.0, 1.3)
    assert found(figures(40, scatter=wide), figures(36))["CPU an order"].verdict == "noise"
    once = found(figures(40, scatter=(1.0,)), figures(20))["CPU an order"]
    assert (once.noise, once.ratio) == (None, pytest.approx(0.5, rel=0.01))
    assert "--repeats" in once.verdict


def test_disturbed_trials_count_for_nothing() -> None:
    disturbed = figures(40)
    for series in disturbed["series"]:
        series["trials"][0]["is_disturbed"] = True
    with pytest.raises(CommandError, match="no rate in common"):
        compare(disturbed, figures(40))


def test_the_command_shows_what_changed_and_refuses_what_cannot_be_compared(tmp_path: Path) -> None:
    def file(name: str, document: Any) -> str:
        path = tmp_path / name
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return str(path)

    def run(before: str, after: str) -> Any:
        return CliRunner().invoke(app, ["bench", "--compare", before, after])

    old = file("a.json", figures(40))
    shown = run(old, file("b.json", figures(30)))
    assert shown.exit_code == 0
    assert "0.750" in shown.output
    other = figures(40) | {"plan": {"mix": {"declined": 0, "cancelled": 0}, "seconds": 20}}
    for wrong in (file("c.json", other), file("d.json", "no JSON"), file("e.json", {"format": 1})):
        refused = run(old, wrong)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert refused.stderr.strip()
