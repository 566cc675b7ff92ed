"""`orderstream scale`: more or fewer instances of one service, while it works."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from stack import Group, load_native, running, scale, steps_for

from orderstream.formatting import console

EXAMPLES = (
    "scale payment 3   # three instances share the partitions of what payment follows",
    "scale payment 1   # two leave, in order",
    "scale order-api 3   # three answer the gateway's questions about orders",
    "spread            # who consumes what, and who is behind",
)
MOST = 9


def run(
    name: Annotated[
        str,
        typer.Argument(
            help="payment, say, for its workers; or one of gateway, order-api, inventory-api."
        ),
    ],
    instances: Annotated[int, typer.Argument(min=1, max=MOST, help="How many there shall be.")],
) -> None:
    """Change the number of instances of one service, under load too.

    Waits until those who come are ready. Of workers, those who go have left the consumer group then,
    and everybody knows which partitions to consume; an instance for which there is none stands by.
    The gateway balances what it asks over the instances of order-api and inventory-api. It lasts
    until `orderstream down`; a start begins with ORDERSTREAM_INSTANCES of each worker, and one of
    the rest.
    """
    state_dir = load_native().state_dir
    group = asyncio.run(_scale(state_dir, name, instances))
    if group is None:
        for process in running(state_dir).processes:
            if process.first_name == name:
                console().print(f"{process.name}: answers at {process.url}", highlight=False)
        return
    total = sum(len(member.holds) for member in group.members)
    for member in group.members:
        held = f"holds {len(member.holds)} of {total} partitions" if member.holds else "stands by"
        console().print(f"{member.name}: {held}", highlight=False)


async def _scale(state_dir: Path, name: str, instances: int) -> Group | None:
    with steps_for(console()) as steps:
        return await scale(state_dir, name, instances, steps=steps)
