"""Windows add up, whoever counted which part; percentiles survive the sum."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from events import DashboardUpdated, Money, WindowCounts
from events.histogram import ACCURACY, bucket_of, percentile
from hypothesis import given
from hypothesis import strategies as st

some = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(1, 9)).map(Counter)
buckets = st.dictionaries(st.integers(0, 200), st.integers(1, 9)).map(Counter)
counts = st.builds(
    WindowCounts,
    statuses=some,
    countries=some,
    reasons=some,
    units=some,
    revenue=some,
    latency=buckets,
    late=st.integers(0, 3),
)
durations = st.lists(st.floats(0.001, 1e9), min_size=1, max_size=50)


def total(*parts: WindowCounts) -> WindowCounts:
    result = WindowCounts()
    for part in parts:
        result.add(part)
    return result


@given(counts, counts, counts)
def test_it_does_not_matter_who_adds_what_first(a, b, c):
    assert total(a, total(b, c)) == total(total(a, b), c) == total(c, a, b)
    assert total(a) == a


@given(durations, st.floats(0.01, 1))
def test_a_percentile_is_within_its_accuracy(milliseconds, share):
    exact = sorted(milliseconds)[max(1, -int(-share * len(milliseconds) // 1)) - 1]
    found = percentile(Counter(map(bucket_of, milliseconds)), share)
    if exact <= 1:
        assert found is not None
        assert found < 1
    else:
        assert found == pytest.approx(exact, rel=ACCURACY + 1e-6)


@given(durations, durations)
def test_percentiles_of_a_sum_are_those_of_all_durations(first, second):
    parts = [WindowCounts(latency=Counter(map(bucket_of, one))) for one in (first, second)]
    assert total(*parts).latency == Counter(map(bucket_of, first + second))


def test_where_nothing_was_counted_there_is_no_percentile():
    assert percentile({}, 0.5) is None


def test_an_update_is_read_back_as_it_was_counted():
    update = DashboardUpdated(
        window_start=datetime(2010, 12, 1, tzinfo=UTC),
        window_ms=5000,
        orders_by_status={"accepted": 2, "cancelled": 1},
        revenue=Money(amount=5, currency="GBP"),
        cancelled_by_reason={"out_of_stock": 1},
        latency_buckets={4: 1},
    )
    read = WindowCounts.of(DashboardUpdated.model_validate_json(update.model_dump_json()))
    assert read.statuses == {"accepted": 2, "cancelled": 1}
    assert read.reasons == {"out_of_stock": 1}
    assert read.latency == {4: 1}
    assert read.revenue == {"GBP": 5}
