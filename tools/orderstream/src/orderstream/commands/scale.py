"""`orderstream scale`: more or fewer instances of one service, while it works."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from orderstream.platform import Group, load, scale, steps_for
from orderstream.tables import console

EXAMPLES = (
    "scale payment 3   # three instances share the partitions of what payment follows",
    "scale payment 1   # two leave, in order",
    "spread            # who hears what, and who is behind",
)
MOST = 9


def run(
    service: Annotated[str, typer.Argument(help="Such as payment: whose worker it is.")],
    instances: Annotated[int, typer.Argument(min=1, max=MOST, help="How many there shall be.")],
) -> None:
    """Change the number of worker instances of one service, under load too.

    Waits until those who come are ready, those who go have left the consumer group, and everybody
    knows which partitions to hear. An instance for which there is none stands by. It lasts until
    `orderstream down`; a start begins with ORDERSTREAM_INSTANCES of each.
    """
    group = asyncio.run(_scale(load().state_dir, service, instances))
    total = sum(len(member.holds) for member in group.members)
    for member in group.members:
        held = f"hears {len(member.holds)} of {total} partitions" if member.holds else "stands by"
        console().print(f"{member.name}: {held}", highlight=False)


async def _scale(state_dir: Path, service: str, instances: int) -> Group:
    with steps_for(console()) as steps:
        return await scale(state_dir, service, instances, steps=steps)
