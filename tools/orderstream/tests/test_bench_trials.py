"""What a bench concludes from what it has measured: warmed up, kept up, disturbed by others."""

from dataclasses import replace
from typing import Any

import pytest
from orderstream.bench import peers
from orderstream.bench.costs import Cost
from orderstream.bench.counting import counted_per_order, sum_up
from orderstream.bench.machine import Look, foreign_share
from orderstream.bench.outcomes import Outcome, piles_up
from orderstream.bench.trial import Trial
from orderstream.bench.warming import Window, is_flat
from orderstream.errors import CommandError
from orderstream.metrics.judging import Sample


def trial(**changed: Any) -> Trial:
    """A trial in which all was well."""
    ended = Outcome({"completed": 96, "payment_declined": 4}, 0, 5.0, 90, 120, 150, {}, 100)
    figures = {"cpu_ms": {"kafka": 5.0, "load": 1.0}, "switches": {"kafka": 20.0, "load": 2.0}}
    times = {"post_p50_ms": 3, "post_p95_ms": 5, "post_p99_ms": 8, "load_late_ms": 2}
    return replace(
        Trial(
            **(figures | times),
            rate=20,
            seconds=5,
            accepted=100,
            declined=4,
            cancelled=0,
            refused={},
            outcome=ended,
            dead_letters=0,
            open_course=[2] * 20,
            open_late=0,
            foreign_share=0.01,
            counted={},
        ),
        **changed,
    )


def test_a_cost_that_still_falls_is_not_flat() -> None:
    falling = [Window(kafka, 30) for kafka in (20, 17, 15)]
    assert not is_flat(falling)
    assert not is_flat([Window(10, ours) for ours in (40, 36, 30)])
    assert not is_flat([Window(15, 30)] * 2)
    assert is_flat([*falling, Window(15, 30), Window(14.8, 30.5)])


def test_a_backlog_that_grows_is_not_kept_up_with() -> None:
    level, growing = [9, 11, 12, 8, 10, 13, 9, 10], [5, 10, 20, 30, 40, 50, 60, 70]
    assert not piles_up(level, rate=10)
    assert piles_up(growing, rate=10)
    assert trial().keeps_up
    assert not trial(open_course=[5 * second for second in range(20)]).keeps_up
    assert not trial(open_late=1).keeps_up
    assert not trial(refused={"503": 1}).keeps_up
    assert not trial(outcome=replace(trial().outcome, unfinished=1)).keeps_up


def test_what_others_use_of_the_machine_is_told_from_our_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    before = Look(0.0, 100.0, {"kafka": Cost(10.0, 0), "load": Cost(1.0, 0)})
    after = Look(10.0, 112.0, {"kafka": Cost(19.0, 0), "load": Cost(2.0, 0), "new": Cost(50.0, 0)})
    assert foreign_share(before, after) == pytest.approx(0.1)  # 12 s busy, 10 s ours, 20 s in all
    assert trial(foreign_share=0.1).is_disturbed
    assert not trial().is_disturbed
    assert trial().system_cpu_ms == 5.0, "the load is no part of the system"


def test_what_the_instances_of_a_process_count_is_given_for_each_order() -> None:
    def told(batches: float) -> list[Sample]:
        labels = [{"service": "order-worker", "instance": f"order-worker-{n}"} for n in (1, 2)]
        name = "orderstream_batch_records_count"
        return [Sample(name, each, batches) for each in labels] + [Sample("up", labels[0], 1)]

    before, after = sum_up(told(10)), sum_up(told(25))
    assert counted_per_order(before, after, 100) == {"order-worker": {"batches": 0.3}}


def test_a_peer_that_is_not_there_is_told_with_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(peers, "find_spec", lambda _: None)
    with pytest.raises(CommandError, match=r"pip install .*\[peers\]"):
        peers.require_peers()
