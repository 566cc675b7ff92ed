"""Personal data is sealed before it enters a stream; only who needs it holds the key.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce; the order id is authenticated with it, so
that one order's data cannot be passed off as another's. Secrets that have to be read again are kept
so, too, each bound to its owner.
"""

import base64
import hashlib
import secrets
from typing import Annotated

from events import CountryCode, SealedPersonalData
from events.patterns import BREAKS, ONE_LINE
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

KEY_BYTES = 32
NONCE_BYTES = 12
EMAIL = rf"^[^@\s\ufeff{BREAKS}]+@[^@\s\ufeff{BREAKS}]+$"
Text = Annotated[str, Field(pattern=ONE_LINE, repr=False)]


class PersonalData(BaseModel):
    """The recipient of the parcel and the messages. Never shown: neither by `repr` nor in an error.

    Every field is one line, since they end in the headers of messages. How long they may be is
    for the door to say: what was let in has to be readable, however the bounds change.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True
    )

    name: Text
    email: Annotated[str, Field(pattern=EMAIL, repr=False)]
    street: Text
    city: Text
    postcode: Text
    country: Annotated[CountryCode, Field(repr=False)]


class CannotUnsealError(ValueError):
    """The data was sealed with another key, for another order, or was changed."""


class Sealer:
    """Seal for personal data with one key of 32 bytes, given in base64."""

    def __init__(self, key: SecretStr) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import (  # noqa: PLC0415  # 7 MB, not for every worker
            AESGCM,
        )

        raw = read_key(key)
        self._cipher = AESGCM(raw)
        self._key_id = hashlib.sha256(raw).hexdigest()[:8]

    def seal(self, data: PersonalData, order_id: str) -> SealedPersonalData:
        """Encrypt the data for one order."""
        sealed = self._encrypt(data.model_dump_json(), order_id)
        return SealedPersonalData(key_id=self._key_id, sealed=sealed)

    def unseal(self, sealed: SealedPersonalData, order_id: str) -> PersonalData:
        """Decrypt the data of one order.

        Raises:
            CannotUnsealError: key, order or content do not match.
        """
        plain = self._decrypt(sealed.key_id, sealed.sealed, order_id)
        return PersonalData.model_validate_json(plain, extra="ignore")  # what a newer writer adds

    def seal_secret(self, secret: str, owner: str) -> str:
        """Encrypt a secret of an owner's, as a text for a column of a table."""
        return f"{self._key_id}:{self._encrypt(secret, owner)}"

    def unseal_secret(self, sealed: str, owner: str) -> str:
        """Decrypt a secret of an owner's.

        Raises:
            CannotUnsealError: key, owner or content do not match.
        """
        key_id, _, text = sealed.partition(":")
        return self._decrypt(key_id, text, owner).decode()

    def _encrypt(self, plain: str, bound_to: str) -> str:
        nonce = secrets.token_bytes(NONCE_BYTES)
        ciphertext = self._cipher.encrypt(nonce, plain.encode(), bound_to.encode())
        return base64.b64encode(nonce + ciphertext).decode()

    def _decrypt(self, key_id: str, sealed: str, bound_to: str) -> bytes:
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415  # as above

        if key_id != self._key_id:
            raise CannotUnsealError(f"sealed with key {key_id}, we hold {self._key_id}")
        try:
            raw = base64.b64decode(sealed, validate=True)
            return self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound_to.encode())
        except (InvalidTag, ValueError):  # ValueError: no base64, or too short
            raise CannotUnsealError(f"the sealed data of {bound_to} was changed") from None


def read_key(key: SecretStr) -> bytes:
    """Return the key's bytes.

    Raises:
        ValueError: it is not base64 of 32 bytes.
    """
    try:
        raw = base64.b64decode(key.get_secret_value(), validate=True)
    except ValueError:
        raw = b""
    if len(raw) != KEY_BYTES:
        raise ValueError(f"expected base64 of {KEY_BYTES} bytes")
    return raw


def _is_key(key: SecretStr) -> SecretStr:
    read_key(key)
    return key


SealingKey = Annotated[SecretStr, AfterValidator(_is_key)]
"""A setting that holds a key, refused at start if it is none."""
