"""OTLP's JSON: that of protobuf, but for ids, which are hexadecimal there and base64 in protobuf's.

Source: OTLP 1.9, JSON Protobuf Encoding.
"""

import base64
import json
from collections.abc import Callable
from typing import Any

from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.message import Message

IDS = frozenset({"traceId", "spanId", "parentSpanId"})


def to_json(message: Message) -> dict[str, Any]:
    """Return a message as OTLP's JSON document."""
    document = MessageToDict(message, use_integers_for_enums=True)
    told: dict[str, Any] = _with_ids(document, lambda text: base64.b64decode(text).hex())
    return told


def parse_json(text: bytes, message: Message) -> None:
    """Fill a message from OTLP's JSON; fields that it does not have are passed over.

    Raises:
        ValueError: the text is no such document; says where it goes wrong.
    """
    try:
        document = json.loads(text)
        ParseDict(_with_ids(document, _to_base64), message, ignore_unknown_fields=True)
    except (ParseError, RecursionError, TypeError, AttributeError) as error:
        raise ValueError(str(error)) from None


def _with_ids(value: Any, written: Callable[[str], str]) -> Any:
    """Return the same document with each id written in another way."""
    if isinstance(value, list):
        return [_with_ids(one, written) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: written(one) if name in IDS and isinstance(one, str) else _with_ids(one, written)
        for name, one in value.items()
    }


def _to_base64(text: str) -> str:
    return base64.b64encode(bytes.fromhex(text)).decode()
