"""The page on fault plans has the catalogue, and the simulators know the plans meant for them."""

from pathlib import Path

from carrier.recipients import PLANNED as CARRIER
from fault_injection import CATALOGUE
from psp.tokens import PLANNED as PROVIDER

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "fail-on-purpose.md"


def test_the_page_has_every_plan_with_what_it_does_and_how_it_ends():
    rows = [f"| `{plan.name}` | {plan.does} | {plan.end} |" for plan in CATALOGUE.values()]
    assert [line for line in PAGE.read_text().splitlines() if line.startswith("| `")] == rows


def test_what_the_outside_world_is_to_do_it_can_do():
    outside = {*PROVIDER, *CARRIER}
    assert outside <= set(CATALOGUE)
    assert not {one for one in CATALOGUE if one.startswith(("provider_", "carrier_"))} - outside
