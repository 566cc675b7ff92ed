import asyncio
from urllib.parse import urlsplit

import pytest
from servicekit import Health, create_engine, database_check, engine_check, kafka_check, open_pool
from testkit.doors import door_before
from testkit.waiting import until


@pytest.mark.postgres
async def test_a_database_that_answers_is_fine(postgres):
    url = postgres()
    engine = create_engine(url)
    async with await open_pool(url) as pool:
        assert await database_check(pool)() is None
        assert await engine_check(engine)() is None
    await engine.dispose()


@pytest.mark.postgres
async def test_a_database_outage_shows_and_passes(postgres):
    address = urlsplit(postgres())
    async with door_before(address.hostname, address.port) as door:
        url = address._replace(netloc=f"{address.username}@127.0.0.1:{door.port}").geturl()
        pool = await open_pool(url, min_size=1, max_size=2)
        health = Health()
        health.add("database", database_check(pool))

        async def until_reported(what: str) -> None:
            async def is_reported() -> bool:
                return what in (await health.report())["database"]

            await until(f"the database is {what}", is_reported)

        await until_reported("ok")
        await door.shut()
        await until_reported("Error")
        await door.open()
        await until_reported("ok")
        door.freeze()
        await until_reported("no answer within 2 s")
        door.thaw()
        await until_reported("ok")
        pool.terminate()


@pytest.mark.kafka
async def test_a_broker_that_answers_is_fine(kafka):
    assert await kafka_check(kafka)() is None


@pytest.mark.kafka
async def test_one_broker_of_several_is_enough(kafka, free_port):
    assert await kafka_check(f"127.0.0.1:{free_port},{kafka}")() is None


@pytest.mark.kafka
async def test_one_broker_that_hangs_keeps_no_other_from_answering(kafka):
    host, port = kafka.rsplit(":", 1)
    async with door_before(host, int(port)) as door:
        door.freeze()
        health = Health()
        health.add("kafka", kafka_check(f"127.0.0.1:{door.port},{kafka}"))
        assert await health.report() == {"kafka": "ok"}


@pytest.mark.kafka
async def test_a_broker_outage_shows_and_passes(kafka):
    host, port = kafka.rsplit(":", 1)
    async with door_before(host, int(port)) as door:
        health = Health()
        health.add("kafka", kafka_check(f"127.0.0.1:{door.port}"))

        async def until_reported(what: str) -> None:
            async def is_reported() -> bool:
                return what in (await health.report())["kafka"]

            await until(f"Kafka is {what}", is_reported)

        await until_reported("ok")
        await door.shut()
        await until_reported(f"no broker at 127.0.0.1:{door.port}")
        await door.open()
        await until_reported("ok")
        door.freeze()
        await until_reported("no answer within 2 s")
        door.thaw()
        await until_reported("ok")


@pytest.mark.kafka
async def test_asking_leaves_no_connection_behind(kafka):
    host, port = kafka.rsplit(":", 1)
    async with door_before(host, int(port)) as door:
        check = kafka_check(f"127.0.0.1:{door.port}")
        for _ in range(20):
            assert await check() is None

        await until("all connections are gone", lambda: door.inside == 0)
        assert door.opened == 20


async def test_something_else_at_the_brokers_address_is_distinguished():
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        assert await kafka_check(address)() == f"what answers at {address} is no Kafka broker"


async def test_a_broker_that_hangs_up_is_reported():
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        assert f"the broker at {address} hung up" in str(await kafka_check(address)())
