"""Reading a request's body: bounded, JSON, and clear about what is wrong with it."""

import hashlib
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from servicekit.sentences import sentence
from starlette.requests import Request

from gateway.http.fields import whole
from gateway.problems.problem import ProblemError

MAX_BYTES = 256 * 1024
LONGEST_NUMBER = 100
BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Body:
    """A JSON body as it came and as it was understood."""

    raw: bytes
    value: Any

    def fingerprint(self) -> bytes:
        """Return a hash of the content, independent of spacing and of the order of names."""
        canonical = json.dumps(self.value, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).digest()


async def read_json(request: Request) -> Body:
    """Read the body of a request.

    Raises:
        ProblemError: it is too large, of another type, compressed (RFC 9110, 15.5.16), or no JSON.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise ProblemError("unsupported_media_type", "The body has to be application/json.")
    if whole(request.headers, "content-encoding").strip().lower() not in {"", "identity"}:
        raise ProblemError(
            "unsupported_media_type",
            "The body must not be compressed.",
            headers={"Accept-Encoding": "identity"},
        )
    raw = await _read(request)
    return Body(raw, parse(raw))


def parse(raw: bytes) -> Any:
    """Read JSON by its strict rules (RFC 8259), names that are repeated included (I-JSON).

    Raises:
        ProblemError: with the place at which it is no JSON.
    """
    try:
        return json.loads(
            _text(raw),
            parse_constant=_refuse_constant,
            parse_float=_number,
            parse_int=_whole_number,
            object_pairs_hook=_with_every_name_once,
        )
    except json.JSONDecodeError as error:
        where = f"at line {error.lineno}, column {error.colno}"
        reason = error.msg.removesuffix(" at")
        raise ProblemError("invalid_json", f"{reason} {where}.") from None
    except UnicodeDecodeError as error:
        raise ProblemError("invalid_json", f"Not UTF-8 at byte {error.start}.") from None
    except RecursionError:
        raise ProblemError("invalid_json", "Nested too deeply.") from None
    except ValueError as error:
        raise ProblemError("invalid_json", sentence(str(error))) from None


async def _read(request: Request) -> bytes:
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > MAX_BYTES:
        _refuse_size()
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_BYTES:
            _refuse_size()
    return raw


def _refuse_size() -> NoReturn:
    raise ProblemError("body_too_large", f"The body has more than {MAX_BYTES} bytes.")


def _text(raw: bytes) -> str:
    text = raw.decode()
    if text.startswith(BYTE_ORDER_MARK):
        raise ValueError("JSON has no byte order mark before it")
    return text


def _whole_number(digits: str) -> int:
    return int(_bounded(digits))


def _with_every_name_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; a repeated name is rejected, for readers disagree about it (RFC 7493, 2.3)."""
    whole = dict(members)
    if len(whole) != len(members):
        raise ValueError("An object has a name twice")
    return whole


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _number(text: str) -> int | float:
    """Return a number with a fraction or an exponent; 2.0 is the integer 2, as JSON Schema has it."""
    number = float(_bounded(text))
    is_whole = number.is_integer() and Decimal(text) == int(number)  # 1.99999999999999999999 is not
    return int(number) if is_whole else number


def _bounded(number: str) -> str:
    if len(number) > LONGEST_NUMBER:
        raise ValueError(f"A number has more than {LONGEST_NUMBER} digits")
    return number
