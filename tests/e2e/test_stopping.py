"""A stop leaves no process behind, and no order: the next start takes up what was on its way."""

import psutil
import pytest
from e2e.shop import Shop
from stack import down, find, up
from testkit.processes import lives

pytestmark = [pytest.mark.system, pytest.mark.alone]


async def test_a_stop_in_the_midst_of_orders_leaves_no_process_and_loses_nothing(
    shop: Shop,
) -> None:
    settings = shop.system.settings
    supervisor = psutil.Process(int(shop.system.folders.supervisor_pid.read_text()))
    family = [supervisor, *supervisor.children(recursive=True)]
    order_ids = await shop.place_many(150)
    await down(settings.state_dir)
    left = [process for process in family if lives(process)]
    found = find(settings.state_dir)
    assert await up(settings) == shop.system
    assert (left, found) == ([], None)
    await shop.all_ended(order_ids)
