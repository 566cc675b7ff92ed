"""Books without a fault, which each test changes in one place."""

import pytest
from audit.books import Books
from audit.testing import sound_books


@pytest.fixture
def books() -> Books:
    return sound_books()
