"""A process that starts before the broker waits for it, and says so."""

import asyncio

import pytest
from servicekit import CannotStartError, broker
from servicekit.broker import wait_for_broker
from servicekit.checks import CORRELATION, REQUEST, RESPONSE
from testkit.waiting import TIMEOUT_S


async def answer(reader, writer):
    """What a broker says to the first question: no error."""
    await reader.readexactly(len(REQUEST))
    writer.write(RESPONSE.pack(6, CORRELATION, 0))
    await writer.drain()
    writer.close()


async def test_a_broker_that_comes_late_is_waited_for(free_port):
    waiting = asyncio.create_task(wait_for_broker(f"127.0.0.1:{free_port}", wait_s=TIMEOUT_S))
    await asyncio.sleep(0)
    assert not waiting.done()
    async with await asyncio.start_server(answer, "127.0.0.1", free_port):
        await asyncio.wait_for(waiting, TIMEOUT_S)


async def test_a_broker_that_never_comes_is_reported_in_one_line(free_port):
    with pytest.raises(
        CannotStartError, match=rf"no broker at 127\.0\.0\.1:{free_port}.* after 0 s"
    ):
        await wait_for_broker(f"127.0.0.1:{free_port}", wait_s=0)


async def test_a_broker_that_hangs_is_not_waited_for_without_an_end(monkeypatch):
    monkeypatch.setattr(broker, "ANSWER_S", 0.2)

    async def send_nothing(reader, writer):
        await reader.read()
        writer.close()

    async with await asyncio.start_server(send_nothing, "127.0.0.1", 0) as server:
        address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(CannotStartError, match=f"no answer from {address} within"):
            await asyncio.wait_for(wait_for_broker(address, wait_s=0), TIMEOUT_S)


@pytest.mark.kafka
async def test_a_broker_that_is_there_is_not_waited_for(kafka):
    await wait_for_broker(kafka, wait_s=0)
