"""What an endpoint may refuse, as answers by status."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from gateway.contract.headers import ALWAYS, header
from gateway.problems.kinds.catalogue import KINDS
from gateway.problems.problem import MEDIA_TYPE

HEADERS_OF: Mapping[int, tuple[str, ...]] = {
    401: ("WWW-Authenticate",),
    403: ("WWW-Authenticate",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}


def refusals(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The answers that tell of these problems: each status with all that it may mean."""
    by_status: defaultdict[int, list[str]] = defaultdict(list)
    for code in dict.fromkeys(codes):
        by_status[KINDS[code].status].append(code)
    return {status: _refusal(status, by_status[status]) for status in sorted(by_status)}


def codes_of(responses: Mapping[str, Any]) -> Iterable[str]:
    """The codes of the problems among the answers of an operation."""
    for response in responses.values():
        yield from response.get("content", {}).get(MEDIA_TYPE, {}).get("examples", ())


def _refusal(status: int, codes: list[str]) -> dict[str, Any]:
    refusal: dict[str, Any] = {
        "description": "; ".join(f"`{code}`: {KINDS[code].title}" for code in codes),
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in codes},
            }
        },
    }
    names = (*ALWAYS, *HEADERS_OF.get(status, ()))
    refusal["headers"] = {name: header(name) for name in names}
    return refusal
