"""Where webhooks may go, and where not."""

import socket
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notifier.webhooks.hosts import receiver_at
from notifier.webhooks.targets import BadTargetError, Targets
from servicekit.listed_ports import ports_of

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
        "[fec0::1]",
        "[64:ff9b:1::1]",
        "[::127.0.0.1]",
        "[::ffff:0:127.0.0.1]",
        "[100::1]",
        "[2001:db8::1]",
        "[2001::1]",
        "[3fff::1]",
        "[5f00::1]",
        "[4000::1]",
        "192.0.0.9",
        "192.88.99.1",
        "198.18.0.1",
        "203.0.113.7",
        "240.0.0.1",
        "127.1",
        "0x7f000001",
        "127.0.0.1.",
        "0x7f.1.",
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
        "https://shop.example.com/\u202eoof",
        "https://shop.example.com:0/",
        "https://shop.example.com:+443/",
        "https://shop.example.com: 443/",
        "https://shop.example.com:\uff14\uff14\uff13/",
        "https://[2606:4700::1111]:+443/",
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


@pytest.mark.parametrize(
    "host",
    [
        "xn--",
        "xn--a",
        "xn--\u00e4",
        "www.xn--.com",
        "a b",
        "ex%61mple.com",
        "[fe80::1%25eth0]",
        "[v1.x]",
        "\u3002",
        "a\ud800b",
        "\u200d",
        "x" * 64 + "\u00e4",
        "x" * 64 + ".com",
        "a." * 130 + "com",
        "shop..example.com",
        ".example.com",
        "example.com..",
    ],
)
@pytest.mark.parametrize("targets", [STRICT, OPEN])
def test_what_no_host_can_be_called_is_refused_whatever_the_library_makes_of_it(
    targets: Targets, host: str
) -> None:
    with pytest.raises(BadTargetError):
        targets.check(f"https://{host}/hook")


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.text(), st.text().map("https://{}".format), st.text().map("http://a/{}".format))
)
def test_whatever_is_named_is_a_target_or_reported_as_none(url: str) -> None:
    for targets in (STRICT, OPEN):
        with suppress(BadTargetError):
            targets.check(url)


def test_of_a_public_host_only_the_ports_of_web_servers_are_knocked_at() -> None:
    for port in (22, 25, 6379, 8080):
        with pytest.raises(BadTargetError, match="80, 443, 8443"):
            STRICT.check(f"https://shop.example.com:{port}/")
        assert OPEN.check(f"https://shop.example.com:{port}/")
        assert Targets(private=False, ports=ports_of("any")).check(f"https://a.example.com:{port}/")
    assert Targets(private=False, ports=ports_of("25, 8080")).check("https://a.example.com:25/")


@pytest.mark.parametrize(
    ("host", "receiver"),
    [
        ("shop.example.com.", "shop.example.com"),
        ("0x7f.1", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("2606:4700:0:0::1111", "2606:4700::1111"),
    ],
)
def test_a_receiver_has_one_share_however_it_is_written(host: str, receiver: str) -> None:
    assert receiver_at(host) == receiver


@pytest.mark.parametrize("setting", ["", "https", "0", "65536", "443,", "-1", "\u0664"])
def test_what_are_no_ports_is_emitted(setting: str) -> None:
    with pytest.raises(ValueError, match="expected ports"):
        ports_of(setting)


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
