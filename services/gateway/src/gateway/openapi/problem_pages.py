"""Pages about problems for people: Markdown in the documentation, HTML behind a problem's `type`."""

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from gateway.problems.problem import PROBLEM_TYPES, example_of

NOTICE = "<!-- Written by `python -m gateway.snapshots`. Do not edit: `make check` compares. -->"
INTRODUCTION = """The gateway rejects a request with a problem document (RFC 9457). `code` is for programs and stays the same; `type`
leads to the words of this page, served by the gateway itself; `errors` points at the wrong parts of the request; `request_id` is in
the gateway's log."""
EXAMPLE = "order_too_heavy"


def problems_reference() -> str:
    """Return the page of the documentation, in Markdown: every kind of problem, and one whole document."""
    rows = (
        f"| {kind.status} | `{code}` | {_cell(kind.cause)} | {_cell(kind.advice)} |"
        for code, kind in PROBLEM_TYPES.items()
    )
    table = "\n".join(
        ("| status | code | when it happens | what to do |", "| --- | --- | --- | --- |", *rows)
    )
    document = f"```json\n{json.dumps(example_of(EXAMPLE), indent=2)}\n```"
    parts = (NOTICE, "# What the gateway rejects", INTRODUCTION, document, table)
    return "\n\n".join(parts) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem }}
td, th {{ text-align: left; vertical-align: top; padding: .2rem 1.5rem .2rem 0 }}
</style>
<h1>{title}</h1>
{content}
</html>
"""
_ALL = '<p><a href="/problems">All problems</a></p>'


def problem_page(kind: Mapping[str, Any]) -> str:
    """Return the page about one kind of problem."""
    content = "\n".join(
        (
            f"<p><code>{escape(kind['code'])}</code>, HTTP status {kind['status']}</p>",
            f"<h2>When it happens</h2><p>{escape(kind['cause'])}</p>",
            f"<h2>What to do</h2><p>{escape(kind['advice'])}</p>",
            _ALL,
        )
    )
    return _PAGE.format(title=escape(kind["title"]), content=content)


def problems_page(kinds: list[dict[str, Any]]) -> str:
    """Return the page that lists every kind of problem."""
    rows = "\n".join(
        f'<tr><td>{kind["status"]}<td><a href="/problems/{kind["code"]}"><code>{kind["code"]}</code></a>'
        f"<td>{escape(kind['title'])}"
        for kind in kinds
    )
    content = f"<table>\n<tr><th>status<th>code<th>title\n{rows}\n</table>"
    return _PAGE.format(title="What the gateway refuses", content=content)


def prefers_html(accept: str) -> bool:
    """Return whether an Accept header names HTML before JSON, as browsers' do; JSON where in doubt."""
    ranked = sorted(_ranges(accept), key=lambda item: -item[1])
    wanted = [media_type for media_type, quality in ranked if quality > 0]
    for media_type in wanted:
        if media_type in {"application/json", "application/problem+json", "application/*", "*/*"}:
            return False
        if media_type in {"text/html", "application/xhtml+xml", "text/*"}:
            return True
    return False


def _ranges(accept: str) -> list[tuple[str, float]]:
    """Return the media types of an Accept header with their quality (RFC 9110, 12.5.1)."""
    ranges = []
    for part in accept.split(","):
        media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            ranges.append((media_type, float(quality)))
        except ValueError:
            ranges.append((media_type, 0.0))
    return ranges
