"""`orderstream reset`: the running system as it was when its shop opened."""

import time
from pathlib import Path

from stack import load_native, reset, steps_for
from stack.hints import program

from orderstream.formatting import console
from orderstream.interrupting import run_interruptibly

EXAMPLES = (
    "reset   # before a test run or a demonstration",
    "audit   # clean: there is nothing",
)
HALF = "The system is half reset. Complete it: {program} reset. Stop it: {program} down"


def run() -> None:
    """Forget every order and fill the shelves again, in seconds, with the stores left running.

    Empties the services' databases (their schemas stay), the topics with what was acknowledged, the
    books of the payment provider and the carrier, and the postbox. Orders on their way are dropped:
    everything but Kafka and PostgreSQL is stopped meanwhile. Tokens stay good.
    """
    started = time.monotonic()
    try:
        run_interruptibly(_reset(load_native().state_dir), console())
    except KeyboardInterrupt:
        console().print(HALF.format(program=program()))
        raise
    console().print(f"As new, after {time.monotonic() - started:.1f} s.", highlight=False)


async def _reset(state_dir: Path) -> None:
    with steps_for(console()) as steps:
        await reset(state_dir, steps=steps)
