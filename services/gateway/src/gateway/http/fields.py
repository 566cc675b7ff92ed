"""Header fields of requests: lists, and whether a client has a response already."""

from starlette.datastructures import Headers


def whole(headers: Headers, field: str) -> str:
    """Return all lines of a field as one; empty if there are none."""
    return ", ".join(headers.getlist(field))


def is_known(asked: Headers, tag: str | None) -> bool:
    """Return whether If-None-Match names this entity tag; weak and strong ones compare as equal."""
    if tag is None:
        return False
    named = whole(asked, "if-none-match").split(",")
    known = [one.strip().removeprefix("W/") for one in named]
    return tag.removeprefix("W/") in known or known == ["*"]
