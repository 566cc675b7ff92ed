"""A store that all workers share is tried once: tests that come later, from any worker, name the place."""

import pytest
from testkit.stores.starting import one_failure


def test_the_first_to_try_fails_and_all_others_are_skipped(tmp_path):
    record = tmp_path / "kafka.failed"
    with pytest.raises(OSError, match="no memory"), one_failure(record, "kafka"):
        raise OSError("no memory")
    message = "kafka did not start: its cause is shown at .*::test_the_first_to_try_fails"
    with pytest.raises(pytest.skip.Exception, match=message), one_failure(record, "kafka"):
        pytest.fail("it is not tried again")


def test_what_starts_leaves_no_record(tmp_path):
    with one_failure(tmp_path / "kafka.failed", "kafka"):
        pass
    assert list(tmp_path.iterdir()) == []
