"""Every story has a customer of its own."""

from uuid import uuid4

import pytest


@pytest.fixture
def customer() -> str:
    return f"cus_{uuid4().hex[:12]}"
