"""Requests to the gateway: signed with a token, sent until answered, read page by page."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx

from client.http import persist
from client.refusals import Document, refusal
from client.tokens import Tokens

PAGE = 100
"""The most documents that the gateway puts into one page."""


class Requests:
    """Sends requests for any number of customers; None is the operator."""

    def __init__(self, http: httpx.AsyncClient, tokens: Tokens, timeout_s: float) -> None:
        self._http = http
        self._tokens = tokens
        self._timeout_s = timeout_s

    async def ask(
        self,
        method: str,
        path: str,
        customer: str | None,
        headers: Mapping[str, str] | None = None,
        body: Document | None = None,
    ) -> tuple[httpx.Response, int]:
        """Send a request that may be repeated; gives the answer and how often it was sent.

        Raises:
            RefusedError: it was refused for good.
            NoAnswerError: there was no usable answer in time.
        """
        everything = {**await self._tokens.headers(customer), **(headers or {})}
        response, tries = await persist(
            lambda: self._http.request(method, path, headers=everything, json=body),
            self._timeout_s,
        )
        if response.is_error:
            raise refusal(response)
        return response, tries

    async def document(
        self, method: str, path: str, customer: str | None, body: Document | None = None
    ) -> Document:
        """Send a request that may be repeated; gives the document in its answer, raises what `ask` does."""
        response, _ = await self.ask(method, path, customer, body=body)
        document: Document = response.json()
        return document

    @asynccontextmanager
    async def stream(
        self, path: str, customer: str | None, silence_s: float
    ) -> AsyncIterator[httpx.Response]:
        """Provide a live stream, given up when nothing at all comes for so many seconds."""
        headers = await self._tokens.headers(customer)
        timeout = httpx.Timeout(self._http.timeout.connect, read=silence_s)
        async with self._http.stream("GET", path, headers=headers, timeout=timeout) as response:
            yield response

    async def pages(
        self, path: str, customer: str | None, query: Mapping[str, str], limit: int
    ) -> AsyncIterator[Document]:
        """Read a list, page by page, until its end or the limit."""
        cursor: dict[str, str] = {}
        while limit > 0:
            wanted = {**query, **cursor, "limit": str(min(limit, PAGE))}
            response, _ = await self.ask("GET", f"{path}?{httpx.QueryParams(wanted)}", customer)
            page = response.json()
            for document in page["data"]:
                yield document
            if not page["has_more"]:
                return
            limit -= len(page["data"])
            cursor = {"starting_after": page["next_cursor"]}
