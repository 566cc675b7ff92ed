"""Where webhooks may go, and where not."""

import socket

import pytest
from notifier.webhooks.targets import BadTargetError, Targets

STRICT, OPEN = Targets(private=False), Targets(private=True)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104  # what is to be refused
        "224.0.0.1",
        "[::1]",
        "[fe80::1]",
        "[fd00::1]",
        "[::ffff:8.8.8.8]",
        "[64:ff9b::a00:1]",
        "[2002:a00:1::1]",
    ],
)
def test_a_private_address_is_refused_as_it_stands(host: str) -> None:
    with pytest.raises(BadTargetError, match="private"):
        STRICT.check(f"https://{host}/hook")
    assert OPEN.check(f"http://{host}/hook")


@pytest.mark.parametrize("host", ["8.8.8.8", "[2606:4700::1111]", "shop.example.com"])
def test_a_public_one_is_taken(host: str) -> None:
    assert STRICT.check(f"https://{host}:8443/hook?a=b")


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example.com/",
        "https://",
        "https://user@shop.example.com/",
        "https://shop.example.com/#top",
        "https://shop.example.com/" + "x" * 2000,
        "https://shop.example.com/" + "\u00e4" * 990,
        "javascript:alert(1)",
        "https://[::1",
        "https://shop.example.com:99999/",
        "\x00",
    ],
)
def test_what_is_no_public_url_is_refused(url: str) -> None:
    with pytest.raises(BadTargetError):
        STRICT.check(url)


@pytest.mark.parametrize("name", ["localhost", "127.1", "2130706433", "0x7f000001"])
async def test_a_name_that_leads_inside_is_refused_when_it_is_looked_up(name: str) -> None:
    with pytest.raises(BadTargetError, match="private network"):
        await STRICT.resolve(f"https://{name}/hook")


async def test_what_cannot_be_a_name_is_not_known() -> None:
    with pytest.raises(BadTargetError, match="not known"):
        await STRICT.resolve("https://shop..example.com/hook")


async def test_a_name_with_one_private_address_among_others_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known_as(monkeypatch, "93.184.216.34", "10.0.0.1")
    with pytest.raises(BadTargetError):
        await STRICT.resolve("https://shop.example.com/hook")


async def test_the_connection_goes_to_the_address_that_was_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known_as(monkeypatch, "93.184.216.34")
    target = await STRICT.resolve("https://shop.example.com:8443/hook?a=b")
    assert (str(target.url), target.host) == (
        "https://93.184.216.34:8443/hook?a=b",
        "shop.example.com",
    )


async def test_a_name_that_nobody_knows_is_no_target(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(BadTargetError, match="not known"):
        await STRICT.resolve("https://shop.example.com/")


def known_as(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def found(_: str, port: int, **__: object) -> list[object]:
        kind = socket.SOCK_STREAM
        return [(socket.AF_INET, kind, 6, "", (address, port)) for address in addresses]

    def looked_up(host: str, port: int, *_: object, **__: object) -> list[object]:
        return found(host, port)

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
