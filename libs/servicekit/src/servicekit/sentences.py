"""Texts that are joined to sentences: however a part ends, a sentence ends in one full stop."""

ENDS = (".", "!", "?", "…", ":")


def sentence(text: str) -> str:
    """Return the text as a sentence of its own: with a full stop, unless it has its end already."""
    text = text.rstrip()
    return text if text.endswith(ENDS) else f"{text}."
