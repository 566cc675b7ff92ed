"""Work is interrupted by a signal in words, and by a closed pipe in silence."""

import asyncio
import gc
import io
import os
import signal

import pytest
from orderstream.interrupting import run_interruptibly
from rich.console import Console


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_work_which_cleans_up_first(number) -> None:
    done = []

    async def work() -> None:
        try:
            os.kill(os.getpid(), number)
            await asyncio.sleep(60)
        finally:
            done.append("cleaned up")

    said = io.StringIO()
    with pytest.raises(KeyboardInterrupt):
        run_interruptibly(work(), Console(file=said))
    assert done == ["cleaned up"]
    assert said.getvalue() == "\nInterrupted: stopping …\n"


def test_where_nothing_reads_the_output_any_more_the_work_ends_without_a_word(caplog) -> None:
    async def work() -> None:
        raise SystemExit(1)  # as the console does

    with pytest.raises(SystemExit):
        run_interruptibly(work(), Console(file=io.StringIO()))
    gc.collect()  # an error that was not looked at is told when its task is forgotten
    assert caplog.messages == []
