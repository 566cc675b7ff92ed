"""Turns a search into SQL: `to:ada@example.org subject:"on its way" x-order-id:ord_1 parcel`."""

import re

_WORDS = re.compile(r'(?:([\w-]+):)?(?:"([^"]*)"|(\S+))')


def where(query: str) -> tuple[str, list[object]]:
    """Give a condition on `mails` and its values.

    `NAME:VALUE` finds mails with exactly this value in the header NAME (`to`, `from`, `cc`: the bare
    address; letter case does not matter); `subject:` and bare words find a part of the subject,
    bare words also of the text's beginning. All of them must hold.
    """
    conditions, values = ["1"], list[object]()
    for name, quoted, plain in _WORDS.findall(query):
        value = (quoted or plain).lower()
        if name.lower() == "subject":
            conditions.append("instr(lower(subject), ?)")
        elif name:
            conditions.append("seq IN (SELECT mail FROM terms WHERE name = ? AND value = ?)")
            values.append(name.lower())
        else:
            conditions.append("instr(lower(subject || ' ' || snippet), ?)")
        values.append(value)
    return " AND ".join(conditions), values
