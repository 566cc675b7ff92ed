"""A server that echoes requests, and what a client that sends bytes gets."""

import asyncio
import json

from testkit.raw_http import answers

HOST = b"Host: localhost\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


class Echo:
    """Tells what it was asked; at `/hold` only once it may."""

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()
        self.begun: list[str] = []
        self.left: list[str] = []

    async def __call__(self, scope, receive, send) -> None:
        self.begun.append(scope["path"])
        if scope["path"] == "/hold":
            await self.hold(receive)
        body, more = b"", scope["path"] not in {"/unread", "/hold"}
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.left.append(scope["path"])
                return
            body, more = body + message["body"], message["more_body"]
        headers = [[name.decode(), value.decode("latin-1")] for name, value in scope["headers"]]
        request = {
            "path": scope["path"],
            "query": scope["query_string"].decode(),
            "headers": headers,
        }
        request |= {"method": scope["method"], "body": body.decode("latin-1")}
        content = json.dumps(request).encode()
        length = [(b"content-length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": 200, "headers": length})
        await send({"type": "http.response.body", "body": content})

    async def hold(self, receive) -> None:
        while not self.may_answer.is_set():
            waiting = asyncio.create_task(self.may_answer.wait())
            task = asyncio.create_task(receive())
            await asyncio.wait({waiting, task}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            if task.done() and task.result()["type"] == "http.disconnect":
                self.left.append("/hold")
                self.may_answer.set()
            task.cancel()


async def answered_with(
    url: str, *pieces: bytes, methods: tuple[str, ...] = ()
) -> list[tuple[int, str]]:
    found = await answers(url, *pieces, methods=methods)
    return [(one.status, one.body.decode("latin-1")) for one in found]


async def statuses(url: str, *pieces: bytes, methods: tuple[str, ...] = ()) -> list[int]:
    return [status for status, _ in await answered_with(url, *pieces, methods=methods)]


def get(path: str = "/", *lines: str, method: str = "GET", version: str = "1.1") -> bytes:
    head = [f"{method} {path} HTTP/{version}", *lines]
    return "\r\n".join([*head, "", ""]).encode("latin-1")
