"""Whether a client has an answer already (RFC 9110, 13.1.2)."""

from starlette.datastructures import Headers


def is_known(asked: Headers, tag: str | None) -> bool:
    """Whether If-None-Match names this entity tag; weak and strong ones compare as equal."""
    named = asked.get("if-none-match")
    if named is None or tag is None:
        return False
    known = [one.strip().removeprefix("W/") for one in named.split(",")]
    return tag.removeprefix("W/") in known or known == ["*"]
