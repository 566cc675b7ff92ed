"""How mail is read: the part of Mailpit's interface that tests and audits need."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from simkit import json_response
from starlette.responses import PlainTextResponse, Response

from postbox.mails import Mails

router = APIRouter()
Limit = Annotated[int, Query(ge=0, le=1000)]
Start = Annotated[int, Query(ge=0)]


@router.get("/api/v1/messages")
async def list_messages(request: Request, limit: Limit = 50, start: Start = 0) -> Response:
    """List mails, newest first."""
    return json_response(await _page(request.app.state.mails, "", limit, start))


@router.get("/api/v1/search")
async def search_messages(
    request: Request,
    query: Annotated[str, Query(min_length=1)],
    limit: Limit = 50,
    start: Start = 0,
) -> Response:
    """List the mails that match, newest first: `to:ADDRESS`, `HEADER:VALUE`, words."""
    return json_response(await _page(request.app.state.mails, query, limit, start))


@router.delete("/api/v1/messages")
async def delete_messages(request: Request) -> Response:
    """Forget all mails."""
    request.app.state.mails.clear()
    return PlainTextResponse("ok")


@router.get("/api/v1/message/{mail_id}")
async def read_message(mail_id: str, request: Request) -> Response:
    """Read one mail."""
    found = await request.app.state.mails.mail(mail_id)
    if found is None:
        return _not_found(mail_id)
    summary, letter = found
    return json_response(
        {
            **summary,
            "Cc": letter.addresses("Cc"),
            "ReplyTo": letter.addresses("Reply-To"),
            "Date": letter.header("Date"),
            "Text": letter.text,
            "HTML": letter.html,
        }
    )


@router.get("/api/v1/message/{mail_id}/headers")
async def read_headers(mail_id: str, request: Request) -> Response:
    """Read all headers of one mail: name to list of values."""
    found = await request.app.state.mails.mail(mail_id)
    if found is None:
        return _not_found(mail_id)
    headers: dict[str, list[str]] = {}
    for name, value in found[1].headers:
        headers.setdefault(name, []).append(value)
    return json_response(headers)


async def _page(mails: Mails, query: str, limit: int, start: int) -> dict[str, Any]:
    await mails.read_up()
    found = mails.newest(limit, start, query)
    matching = mails.total(query)
    return {
        "total": mails.total() if query else matching,
        "messages_count": matching,
        "count": len(found),
        "start": start,
        "messages": found,
    }


def _not_found(mail_id: str) -> Response:
    return json_response({"Error": f"there is no message {mail_id}"}, 404)
