"""Who gets the parcel and the mail, as the carrier and the mail server take them."""

import re
from typing import Annotated

from events.limits import (
    CITY_MAX,
    EMAIL_BYTES_MAX,
    MAILBOX_BYTES_MAX,
    NAME_MAX,
    POSTCODE_MAX,
    STREET_MAX,
)
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from servicekit import PersonalData
from servicekit.sealing import BREAKS, ONE_LINE

# Without the specials of RFC 5322, 3.2.3: what has a comma or brackets in it is read as several
# addresses, and the mail goes to somebody else. Letters of all languages: RFC 6531.
ATOM = rf"[^\s\ufeff{BREAKS}()<>\[\]:;@\\,.\x22]+"
LABEL = rf"[^\s\ufeff{BREAKS}\x00-,./:-@\[-`{{-\x7f]+"
EMAIL = rf"^{ATOM}(\.{ATOM})*@{LABEL}(\.{LABEL})*$"


def _is_one_address(email: str) -> str:
    if not re.fullmatch(EMAIL, email):
        raise PydanticCustomError("email", "This is no e-mail address, or more than one")
    mailbox, _, _ = email.partition("@")
    if len(email.encode()) > EMAIL_BYTES_MAX or len(mailbox.encode()) > MAILBOX_BYTES_MAX:
        raise PydanticCustomError(
            "email_too_long",
            "An address has at most {most} bytes, {before} of them before the @",
            {"most": EMAIL_BYTES_MAX, "before": MAILBOX_BYTES_MAX},
        )
    return email


class Recipient(PersonalData):
    """Who gets the parcel and the messages. Lengths are in characters, those of `email` in bytes."""

    name: Annotated[str, Field(min_length=1, max_length=NAME_MAX, pattern=ONE_LINE, repr=False)]
    email: Annotated[
        str,
        Field(max_length=EMAIL_BYTES_MAX, json_schema_extra={"pattern": EMAIL}, repr=False),
        AfterValidator(_is_one_address),
    ]
    street: Annotated[str, Field(min_length=1, max_length=STREET_MAX, pattern=ONE_LINE, repr=False)]
    city: Annotated[str, Field(min_length=1, max_length=CITY_MAX, pattern=ONE_LINE, repr=False)]
    postcode: Annotated[
        str, Field(min_length=1, max_length=POSTCODE_MAX, pattern=ONE_LINE, repr=False)
    ]
