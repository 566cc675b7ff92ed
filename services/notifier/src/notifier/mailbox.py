"""A customer's address as a mail server is given it: one mailbox, its host in ASCII."""

from email.utils import getaddresses

import idna

from notifier.mail_answers import RecipientRefusedError


def mailbox_of(email: str) -> str:
    """Return the address to write to; the host of another script in Punycode, which every server takes.

    A mailbox of other letters stays as it is: only a server with SMTPUTF8 can deliver to it (RFC 6531).

    Raises:
        RecipientRefusedError: it can be read as several addresses, or as none.
    """
    mailbox, _, host = email.rpartition("@")
    if not mailbox or getaddresses([email]) != [("", email)]:
        raise RecipientRefusedError("this is not one address")
    if host.isascii():
        return email
    try:
        return f"{mailbox}@{idna.encode(host, uts46=True).decode()}"
    except idna.IDNAError:
        raise RecipientRefusedError("no host can be called so") from None
