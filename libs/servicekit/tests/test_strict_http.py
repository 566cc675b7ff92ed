"""HTTP as bytes, against a real server: what is answered, what is refused, what is believed."""

import json

import pytest
from echoing import answered_with, get, statuses


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("Host: a", "Host: a"),
        ("Host: a, b",),
        ("Host: a b",),
        ("Host: user@a",),
        ("Host: a/b",),
        ("Host:",),
        ("Host: [::1",),
        ("Host: a:b",),
        ("Host: é",),
    ],
)
async def test_a_request_names_one_host(url: str, lines: tuple[str, ...]) -> None:
    assert await statuses(url, get("/", *lines)) == [400]


@pytest.mark.parametrize("host", ["a", "a:1", "a:", "[::1]:8000", "xn--bcher-kva.example", "a_b.c"])
async def test_whatever_is_a_host_may_be_named(url: str, host: str) -> None:
    assert await statuses(url, get("/", f"Host: {host}", "Connection: close")) == [200]


async def test_http_1_0_needs_no_host_and_has_no_chunks(url: str) -> None:
    assert await statuses(url, get(version="1.0")) == [200]
    assert await statuses(url, get("/", "Host: a", "Host: a", version="1.0")) == [400]
    chunked = get("/", "Transfer-Encoding: chunked", version="1.0", method="POST")
    assert await statuses(url, chunked + b"0\r\n\r\n") == [400]
    assert await statuses(url, get("/", "Host: a", version="0.9")) == [400]
    assert await statuses(url, get("/", "Host: a", version="2.0")) == [400]


@pytest.mark.parametrize(
    ("target", "path", "query", "host"),
    [
        ("http://b.example:8/x?y=1", "/x", "y=1", "b.example:8"),
        ("http://b.example", "/", "", "b.example"),
        ("http://b.example?y", "/", "y", "b.example"),
        ("HTTPS://[::1]/x", "/x", "", "[::1]"),
        ("/x?http://b", "/x", "http://b", "a"),
    ],
)
async def test_a_whole_address_goes_before_the_host(
    url: str, target: str, path: str, query: str, host: str
) -> None:
    ((status, body),) = await answered_with(url, get(target, "Host: a", "Connection: close"))
    document = json.loads(body)
    assert (status, document["path"], document["query"]) == (200, path, query)
    assert [value for name, value in document["headers"] if name == "host"] == [host]


@pytest.mark.parametrize(
    "target", ["x", "*", "ftp://a/", "http://", "http://u:p@a/", "/é", "/?é", "//"]
)
async def test_what_is_no_address_is_refused(url: str, target: str) -> None:
    expected = [200] if target == "//" else [400]
    assert await statuses(url, get(target, "Host: a", "Connection: close")) == expected


async def test_asterisk_is_asked_of_the_server_as_a_whole(url: str) -> None:
    asked = get("*", "Host: a", "Connection: close", method="OPTIONS")
    assert await statuses(url, asked) == [200]
    assert await statuses(url, get("a:443", "Host: a:443", method="CONNECT")) == [400]


@pytest.mark.parametrize(
    "name",
    ["Idempotency-Key", "Content-Type", "Last-Event-ID", "Webhook-Id", "Webhook-Signature"],
)
async def test_what_is_no_list_is_there_once(url: str, name: str) -> None:
    twice = get("/", "Host: a", f"{name}: a-1", f"{name.lower()}: b-1")
    ((status, body),) = await answered_with(url, twice)
    assert (status, body) == (400, f"The header {name.lower()} is there more than once.")
    assert await statuses(url, get("/", "Host: a", f"{name}: a-1", "Connection: close")) == [200]


@pytest.mark.parametrize(
    "head",
    [
        ("Content-Length: 1", "Content-Length: 1"),
        ("Content-Length: 1", "Transfer-Encoding: chunked"),
        ("Content-Length: +1",),
        ("Content-Length: 1, 1",),
        ("Transfer-Encoding: chunked, gzip",),
        ("Transfer-Encoding:\x0bchunked",),
        ("X-Folded: a", " b"),
        ("X Y: a",),
        ("X-Nul: \0",),
    ],
)
async def test_what_two_readers_could_read_differently_is_refused(
    url: str, head: tuple[str, ...]
) -> None:
    (status,) = await statuses(url, get("/", "Host: a", *head, method="POST") + b"0\r\n\r\n")
    assert status in {400, 501}


async def test_a_body_in_an_unknown_coding_is_not_taken_for_one_that_is_known(url: str) -> None:
    coded = get("/", "Host: a", "Transfer-Encoding: gzip, chunked", method="POST")
    assert await statuses(url, coded + b"0\r\n\r\n") == [501]


async def test_bytes_beyond_ascii_reach_the_application(url: str) -> None:
    asked = get("/", "Host: a", "User-Agent: Prüfer/1", "Connection: close")
    ((status, body),) = await answered_with(url, asked)
    assert status == 200
    assert ["user-agent", "Prüfer/1"] in json.loads(body)["headers"]
