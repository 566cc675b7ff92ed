"""Reads the body of a request: within bounds, unpacked, and refused in OTLP's own form."""

import zlib

from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status
from starlette.requests import Request
from starlette.responses import Response

PROTOBUF, JSON = "application/x-protobuf", "application/json"
MAX_BODY_BYTES = 4 * 1024 * 1024
"""Both as it comes and unpacked."""
GZIP = zlib.MAX_WBITS | 16


class RefusedError(ValueError):
    """A request that cannot be taken, with the HTTP status that says what kind of fault it has."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def media_type(request: Request) -> str:
    """Return the form of the request's body, and so of its answer: protobuf unless it is named JSON."""
    named = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return JSON if named == JSON else PROTOBUF


async def read_body(request: Request) -> bytes:
    """Return the body as it was before it was packed.

    Raises:
        RefusedError: it is too large, packed in an unknown way, or broken.
    """
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise _too_large()
        parts.append(part)
    body = b"".join(parts)
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding == "identity":
        return body
    if coding != "gzip":
        raise RefusedError(415, f"Content-Encoding {coding!r} is unknown: send gzip, or none.")
    return _unpacked(body)


def answer(request: Request, message: Message, status: int = 200) -> Response:
    """Answer in the form of the request.

    Source: OTLP 1.9, OTLP/HTTP Response.
    """
    form = media_type(request)
    if form == JSON:
        return Response(MessageToJson(message, indent=None), status, media_type=JSON)
    return Response(message.SerializeToString(), status, media_type=PROTOBUF)


def refusal(request: Request, status: int, message: str) -> Response:
    """Answer with OTLP's `Status`, which says in words what is wrong."""
    return answer(request, Status(message=message), status)


def _unpacked(body: bytes) -> bytes:
    unpacking = zlib.decompressobj(GZIP)
    try:
        unpacked = unpacking.decompress(body, MAX_BODY_BYTES + 1)
    except zlib.error as error:
        raise RefusedError(400, f"The body is not gzip: {error}.") from None
    if len(unpacked) > MAX_BODY_BYTES:
        raise _too_large()
    if not unpacking.eof:
        raise RefusedError(400, "The body is not gzip: it ends too early.")
    return unpacked


def _too_large() -> RefusedError:
    limit = MAX_BODY_BYTES // (1024 * 1024)
    return RefusedError(413, f"The body has more than {limit} MiB: send fewer spans at once.")
