"""HEAD: whatever can be got can be asked about. Source: RFC 9110, 9.3.2."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadRequests:
    """ASGI middleware: answers HEAD as GET, without the body; a stream ends before it begins."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer a GET, and keep of it what HEAD is about."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        told = False

        async def receive_end() -> Message:
            return {"type": "http.disconnect"} if told else await receive()

        async def send_head(message: Message) -> None:
            nonlocal told
            if message["type"] == "http.response.start":
                told = True
                await send(message)
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        asked = {**scope, "method": "GET"}
        try:
            await self._app(asked, receive_end, send_head)
        finally:
            scope["route"] = asked.get("route")  # for the line in the log
