"""W3C baggage goes on with everything that follows, and with every call to another system."""

import asyncio

import pytest
from servicekit import carrying, current_baggage, read_baggage, write_baggage
from servicekit.caller import open_caller


@pytest.mark.parametrize(
    ("baggage", "found"),
    [
        (None, None),
        ("", None),
        ("plan=decline", "decline"),
        ("user=ada,plan=decline", "decline"),
        (" user=ada , plan = decline;prop=1 ", "decline"),
        ("plan=a%20b%2Cc", "a b,c"),
        ("planned=no", None),
        ("nonsense", None),
    ],
)
def test_one_value_is_read_from_what_is_carried(baggage, found):
    assert read_baggage(baggage, "plan") == found


@pytest.mark.parametrize("value", ["decline", "a b,c;d=e", "\N{EURO SIGN}"])
def test_what_is_written_can_be_read(value):
    assert read_baggage(write_baggage("plan", value), "plan") == value


def test_it_is_carried_only_as_long_as_the_work_lasts():
    with carrying("plan=a"):
        with carrying(None):
            assert current_baggage.get() is None
        assert current_baggage.get() == "plan=a"
    assert current_baggage.get() is None


@pytest.mark.parametrize("baggage", [None, "plan=decline"])
async def test_a_call_hands_on_the_baggage_of_the_work_at_hand(baggage):
    heads: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server, open_caller(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as to:
        with carrying(baggage):
            await to.post("/charges", {}, idempotency_key="k")
    sent = [
        line.partition(":")[2].strip()
        for line in heads[0].decode().splitlines()
        if "aggage" in line
    ]
    assert sent == ([baggage] if baggage else [])
