"""Turns a search into SQL: `to:ada@example.org subject:"on its way" x-order-id:ord_1 parcel`."""

import re

_IN_PART = {"subject": "subject", "message-id": "message_id"}
"""Headers of which a part is enough, and where they are kept."""
_WORDS = re.compile(r'(?:([\w-]+):)?(?:"([^"]*)"|(\S+))')


def where(query: str) -> tuple[str, list[object]]:
    """Give a condition on `mails` and its values.

    `NAME:VALUE` finds mails with exactly this value in the header NAME (`to`, `from`, `cc`: the bare
    address; letter case does not matter); `subject:` and `message-id:` find a part of these, and
    bare words a part of the subject or of the text's beginning. All of them must hold.
    """
    conditions, values = ["1"], list[object]()
    for name, quoted, plain in _WORDS.findall(query):
        value = (quoted or plain).lower()
        if name.lower() in _IN_PART:
            conditions.append(f"instr(lower({_IN_PART[name.lower()]}), ?)")
        elif name:
            conditions.append("seq IN (SELECT mail FROM terms WHERE name = ? AND value = ?)")
            values.append(name.lower())
        else:
            conditions.append("instr(lower(subject || ' ' || snippet), ?)")
        values.append(value)
    return " AND ".join(conditions), values
