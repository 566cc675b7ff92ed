"""Every crash point is reached somewhere in the messaging, and nothing else is."""

import re
from pathlib import Path

import messaging
from fault_injection.crash_points import POINTS

REACHED = re.compile(r'crash_points\.reach\("([\w-]+)"\)')


def test_every_point_is_reached_somewhere_and_nothing_else_is():
    sources = Path(messaging.__file__).parent.rglob("*.py")
    reached = {point for path in sources for point in REACHED.findall(path.read_text())}
    assert reached == set(POINTS)
