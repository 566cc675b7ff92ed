"""Bytes that a stranger may send instead of requests: the same ones for the same seed."""

from random import Random

SMALL = [b"", b"0", b"1", b"-1", b"x", b"a, b", b'"', b"\xff\xfe", b"\t", b"a" * 300, b"\xc3\xbc"]
VALUES = {
    b"Host": [b"localhost", b"localhost:1", b"", b"a b", b"\xc3\xbc", b"[::1]"],
    b"Content-Length": [b"0", b"2", b"5", b"99999999999999999999", b"+1", b"0x2", b"2, 2"],
    b"Transfer-Encoding": [b"chunked", b"gzip, chunked", b"identity", b"Chunked", b"chunked\x0b"],
    b"Connection": [b"close", b"keep-alive", b"upgrade", b"keep-alive, Upgrade", b"host"],
    b"Upgrade": [b"websocket", b"h2c", b"websocket, h2c"],
    b"Expect": [b"100-continue", b"200-ok"],
    b"Prefer": [b"respond-async", b'wait="', b"wait=0"],
    b"Content-Type": [b"application/json", b"application/json; charset=\xff"],
    b"Sec-WebSocket-Key": [b"dGhlIHNhbXBsZSBub25jZQ==", b"short"],
    b"Sec-WebSocket-Version": [b"13", b"12"],
    **dict.fromkeys(
        (b"Authorization", b"Idempotency-Key", b"If-None-Match", b"Last-Event-ID", b"User-Agent",
         b"X-Request-Id", b"traceparent", b"Accept", b"Cache-Control", b"Origin", b"Forwarded",
         b"X-Forwarded-For", b"Cookie", b"TE", b"Trailer", b"Range", b"X", b"", b"X Y", b":", b"\xff"),
        SMALL,
    ),
}  # fmt: skip
METHODS = [
    b"GET",
    b"GET",
    b"GET",
    b"POST",
    b"PUT",
    b"DELETE",
    b"OPTIONS",
    b"PATCH",
    b"get",
    b"X",
    b"",
]
TARGETS = [
    b"/healthz", b"/", b"/v1/orders", b"/v1/products", b"/v1/products?limit=1", b"/v1/products/PEN.2",
    b"/problems", b"/v1/tickets", b"/nowhere", b"*", b"http://localhost/healthz", b"http://localhost",
    b"ftp://x/", b"//", b"/\xc3\xbc", b"/%ff%00", b"/?\xff", b"x", b"", b"/v1/orders/o/ws", b"a:1",
    b"/dashboard/realtime", b"/" + b"a" * 9000,
]  # fmt: skip
VERSIONS = [b"HTTP/1.1"] * 12 + [
    b"HTTP/1.0",
    b"HTTP/2.0",
    b"HTTP/0.9",
    b"HTTP/1.2",
    b"",
    b"XTTP/1.1",
]
BODIES = [
    b"", b"{}", b"2\r\n{}\r\n0\r\n\r\n", b"2;x=y\r\n{}\r\n0\r\nX-Late: 1\r\nHost: b\r\n\r\n", b"zz\r\n",
    b"2\r\n{}", b"0\r\nno colon\r\n\r\n", b"fffffffffffffffff\r\n", b"2\n{}\n0\n\n", b"\0" * 50,
]  # fmt: skip
ODD = [
    b"\0",
    b"\r",
    b"\n",
    b"\r\n",
    b"\xff",
    b" ",
    b":",
    b"\r\n\r\n",
    b"\x0b",
    b"GET / HTTP/1.1\r\n",
]
LAST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def good(random: Random) -> tuple[list[bytes], tuple[str, ...]]:
    """Requests in one line that are all good, in pieces; and their methods."""
    methods = [random.choice(("GET", "HEAD")) for _ in range(random.randint(1, 5))]
    asked = [f"{one} /healthz HTTP/1.1\r\nHost: a\r\n\r\n".encode() for one in methods]
    return _pieces(random, b"".join(asked) + LAST), (*methods, "GET")


def bad(random: Random) -> list[bytes]:
    """Requests in one line that are mostly wrong somewhere, in pieces."""
    sent = b"".join(_request(random) for _ in range(random.randint(1, 3))) + LAST
    for _ in range(random.choice((0, 0, 1, 3))):
        at, gone = random.randrange(len(sent)), random.choice((0, 1, 1, 5))
        sent = sent[:at] + random.choice(ODD) + sent[at + gone :]
    return _pieces(random, sent)


def _request(random: Random) -> bytes:
    fields = [b"Host: localhost"] if random.random() < 0.9 else []  # nine of ten
    for name in random.sample(list(VALUES), random.randint(0, 5)):
        fields += [
            name + b": " + random.choice(VALUES[name]) for _ in range(random.choice((1, 1, 2)))
        ]
    random.shuffle(fields)
    line = b" ".join((random.choice(METHODS), random.choice(TARGETS), random.choice(VERSIONS)))
    return b"\r\n".join((line, *fields, b"", b"")) + random.choice(BODIES)


def _pieces(random: Random, sent: bytes) -> list[bytes]:
    cuts = sorted(random.randrange(len(sent)) for _ in range(random.choice((0, 0, 1, 4))))
    return [sent[start:end] for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True)]
