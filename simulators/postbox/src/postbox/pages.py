"""The mails for people: a list and a view, in a browser, without anything from elsewhere."""

from html import escape
from importlib.resources import files
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from postbox.letter import Letter
from postbox.mails import Mails

PAGE = 50
REFRESH = '<meta http-equiv="refresh" content="5">'
STYLE = files("postbox").joinpath("style.css").read_text()
# A mail must not run anything here, nor fetch anything from elsewhere.
POLICY = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:"}

router = APIRouter(include_in_schema=False)


@router.get("/")
async def show_list(
    request: Request,
    query: str = "",
    start: Annotated[int, Query(ge=0)] = 0,
    watch: bool = False,  # noqa: FBT001, FBT002 - FastAPI passes by name
) -> Response:
    """Show the newest mails, or those that match; `watch` looks again every few seconds."""
    mails: Mails = request.app.state.mails
    await mails.read_up()
    matching = mails.total(query)
    rows = "".join(map(_row, mails.newest(PAGE, start, query)))
    empty = "Nothing matches." if query else "No mail yet."
    content = f"<ol class=mails>{rows}</ol>" if rows else f"<p class=empty>{empty}</p>"
    content += _turning(query, start, matching, watch=watch)
    title = "1 mail" if matching == 1 else f"{matching} mails"
    return _page(title, query, content, REFRESH if watch else "")


@router.get("/view/{mail_id}")
async def show_mail(mail_id: str, request: Request) -> Response:
    """Show one mail."""
    mails: Mails = request.app.state.mails
    found = await mails.mail(mail_id)
    if found is None:
        return _page("Not found", "", "<p class=empty>There is no such mail.</p>", status=404)
    summary, letter = found
    return _page(summary["Subject"] or "(no subject)", "", _letter(summary, letter))


def _page(title: str, query: str, content: str, head: str = "", status: int = 200) -> Response:
    text = (
        f"<!doctype html><html lang=en><head><meta charset=utf-8>{head}"
        f"<meta name=viewport content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)} · postbox</title><style>{STYLE}</style></head><body>"
        f"<header><a class=brand href='/'>postbox</a><form action='/' role=search>"
        f'<input type=search name=query value="{escape(query)}" aria-label=Search '
        f"placeholder='to:ada@example.org, x-order-id:…, words'></form>"
        f"<a href='/api/v1/messages'>JSON</a></header><main><h1>{escape(title)}</h1>{content}</main></body></html>"
    )
    return HTMLResponse(text, status, headers=POLICY)


def _row(mail: dict[str, Any]) -> str:
    to = ", ".join(each["Name"] or each["Address"] for each in mail["To"])
    return (
        f"<li><a href='/view/{mail['ID']}'><span class=to>{escape(to)}</span>"
        f"<span class=what><b>{escape(mail['Subject'] or '(no subject)')}</b> "
        f"<span class=snippet>{escape(mail['Snippet'])}</span></span>"
        f"{_time(mail['Created'])}</a></li>"
    )


def _turning(query: str, start: int, matching: int, *, watch: bool) -> str:
    links = [("Stop watching", {}) if watch else ("Watch for new mail", {"watch": 1})]
    if start > 0:
        links.append(("← Newer", {"start": max(0, start - PAGE)}))
    if start + PAGE < matching:
        links.append(("Older →", {"start": start + PAGE}))
    written = "".join(
        f"<a href='/?{escape(urlencode({'query': query, **to}))}'>{text}</a>" for text, to in links
    )
    return f"<nav>{written}</nav>"


def _letter(mail: dict[str, Any], letter: Letter) -> str:
    facts = "".join(
        f"<dt>{name}</dt><dd>{escape(value)}</dd>"
        for name, value in (
            ("From", _people([mail["From"]])),
            ("To", _people(mail["To"])),
            ("Message-ID", mail["MessageID"]),
        )
    )
    headers = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>"
        for name, value in letter.headers
    )
    html = f'<iframe sandbox title=HTML srcdoc="{escape(letter.html)}"></iframe>'
    return (
        f"<dl>{facts}<dt>Received</dt><dd>{_time(mail['Created'])}</dd></dl>"
        f"{html if letter.html else ''}"
        f"{f'<pre>{escape(letter.text)}</pre>' if letter.text else ''}"
        f"<details><summary>All {len(letter.headers)} headers</summary>"
        f"<table>{headers}</table></details>"
    )


def _people(addresses: list[dict[str, str]]) -> str:
    return ", ".join(f"{each['Name']} <{each['Address']}>".strip() for each in addresses)


def _time(created: str) -> str:
    return f"<time datetime='{created}'>{created[:10]} {created[11:19]} UTC</time>"
