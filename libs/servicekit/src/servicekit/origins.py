"""The setting that lists origins: what no browser would ever send is refused at start."""

import re
from typing import Annotated

from pydantic import AfterValidator

ANY = "*"
ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
"""As browsers write it: in lower case, without a path. Source: RFC 6454, section 6.2."""


def _origins(listed: str) -> str:
    if not all(one == ANY or ORIGIN.fullmatch(one) for one in split(listed)):
        raise ValueError("expected https://host or https://host:port, several with commas, or *")
    return listed


def split(listed: str) -> list[str]:
    """Return the origins of a setting."""
    return [one.strip() for one in listed.split(",") if one.strip()]


Origins = Annotated[str, AfterValidator(_origins)]
"""Origins with commas between, or `*`."""
