import gc

import pytest
from servicekit import loading


def test_what_is_loaded_is_not_searched_for_garbage_then_nor_later():
    frozen = gc.get_freeze_count()
    with loading():
        assert not gc.isenabled()
        kept = [[] for _ in range(100)]
    try:
        assert gc.isenabled()
        assert gc.get_freeze_count() >= frozen + len(kept)
    finally:
        gc.unfreeze()


def test_code_that_cannot_be_loaded_leaves_the_search_on():
    with pytest.raises(ModuleNotFoundError), loading():
        import nowhere_to_be_found  # noqa: F401, PLC0415
    try:
        assert gc.isenabled()
    finally:
        gc.unfreeze()
