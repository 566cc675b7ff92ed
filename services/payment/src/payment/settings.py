"""What payment needs to know besides what every service does."""

import base64
import binascii
from typing import Annotated

from pydantic import BeforeValidator, Field
from servicekit import AskingSettings, HttpUrl, ServiceSettings

SECRET_PREFIX = "whsec_"  # noqa: S105  # what a secret begins with


def _key_of(secret: object) -> bytes:
    text = str(secret)
    try:
        key = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not (text.startswith(SECRET_PREFIX) and key):
        raise ValueError(f"expected {SECRET_PREFIX} and base64")
    return key


class PaymentSettings(AskingSettings):
    """`PROVIDER_URL` is the base address of the payment provider.

    After `REVIEW_AFTER_TRIES` vain tries to take held money, people are told: some 45 s.
    """

    provider_url: HttpUrl = "http://127.0.0.1:18101"
    review_after_tries: int = Field(10, ge=1)


class PaymentApiSettings(ServiceSettings):
    """`WEBHOOK_SECRET` is what the provider signs its webhooks with: `whsec_` and base64."""

    webhook_secret: Annotated[bytes, BeforeValidator(_key_of), Field(repr=False)]
