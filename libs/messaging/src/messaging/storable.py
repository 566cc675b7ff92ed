"""What PostgreSQL keeps in a text."""


def storable(text: str) -> str:
    """The text without what PostgreSQL keeps in no text: NUL and lone surrogates."""
    return text.encode(errors="replace").decode().replace("\x00", "\N{REPLACEMENT CHARACTER}")
