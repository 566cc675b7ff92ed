"""Headers for a collector that wants to know who sends, as OpenTelemetry writes them in one setting.

Source: https://opentelemetry.io/docs/specs/otel/protocol/exporter/ (`name=value`, commas between,
values percent-encoded).
"""

import re
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import unquote

from pydantic import AfterValidator, SecretStr

NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A header's name. Source: RFC 9110, section 5.6.2."""
VALUE = re.compile(r"[!-~]([ -~]*[!-~])?")
OURS = frozenset({"content-type", "content-length", "host"})
"""Headers that say what is sent, and are not for a setting to choose."""


def headers_in(setting: str) -> Mapping[str, str]:
    """Read the headers of a setting, their names in lower case.

    Raises:
        ValueError: it is not `name=value` with commas between, or names a header that is ours.
    """
    headers: dict[str, str] = {}
    for pair in setting.split(","):
        name, _, encoded = (part.strip() for part in pair.partition("="))
        value = unquote(encoded)
        if not NAME.fullmatch(name) or not VALUE.fullmatch(value):
            raise ValueError("expected name=value, several with commas between, percent-encoded")
        if name.lower() in OURS:
            raise ValueError(f"{name.lower()} is not for this setting")
        headers[name.lower()] = value
    return headers


def _sound(setting: SecretStr) -> SecretStr:
    headers_in(setting.get_secret_value())
    return setting


OtlpHeaders = Annotated[SecretStr, AfterValidator(_sound)]
"""Headers that are sent with every span; one of them may be a key, so they are shown nowhere."""
