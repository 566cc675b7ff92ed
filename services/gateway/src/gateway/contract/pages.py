"""A page in the documentation for every kind of problem, written from the kinds."""

import json
from collections.abc import Mapping

from gateway.contract.problem import example_of
from gateway.problems.kinds.catalogue import KINDS

NOTICE = "<!-- Written by `python -m gateway.contract.snapshots`. Do not edit: `make check` compares. -->"
INTRODUCTION = """Whatever the gateway refuses, it refuses with a problem document (RFC 9457). `code` is for programs and stays the
same; `type` leads to the same words as these pages, served by the gateway itself; `errors` points at the parts of the request that
are wrong; `request_id` is in the gateway's log."""


def problem_pages() -> Mapping[str, str]:
    """The pages by the names of their files."""
    return {"README.md": _list(), **{f"{code}.md": _page(code) for code in KINDS}}


def _list() -> str:
    rows = [
        f"| {kind.status} | [`{code}`]({code}.md) | {kind.title} |" for code, kind in KINDS.items()
    ]
    table = "\n".join(("| status | code | title |", "| --- | --- | --- |", *rows))
    parts = (NOTICE, "# What the gateway refuses", INTRODUCTION, table)
    return "\n\n".join(parts) + "\n"


def _page(code: str) -> str:
    kind = KINDS[code]
    document = json.dumps(example_of(code), indent=2)
    parts = (
        NOTICE,
        f"# {kind.title}",
        f"`{code}`, HTTP status {kind.status}",
        f"**When it happens.** {kind.cause}",
        f"**What to do.** {kind.advice}",
        f"```json\n{document}\n```",
        "[All problems](README.md)",
    )
    return "\n\n".join(parts) + "\n"
