"""Envelopes of every kind of event, made up from the models themselves."""

import uuid
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from types import NoneType
from typing import Any, get_args, get_origin

import pytest
from annotated_types import Ge, Gt, Len, MaxLen, MinLen
from events import EVENT_TYPES, Envelope, Event, Waits
from events.wire import SEQUENCE_MAX
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel

OFFSETS = st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours)))
MOMENTS = st.datetimes(min_value=datetime(1970, 1, 1), timezones=OFFSETS | st.just(UTC))  # noqa: DTZ001  # Hypothesis adds the zone
PRINTABLE = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1)


def instances(model: type[BaseModel]) -> st.SearchStrategy[Any]:
    """Instances of a model that use the whole range of what its fields allow."""
    return st.builds(
        model,
        **{
            name: values(field.annotation, field.metadata)
            for name, field in model.model_fields.items()
        },
    )


def values(kind: Any, rules: list[Any] | tuple[Any, ...] = ()) -> st.SearchStrategy[Any]:
    """Values of an annotated type."""
    origin, arguments = get_origin(kind), get_args(kind)
    if hasattr(kind, "__metadata__"):
        kind, *more = arguments
        rules = [rule for each in more for rule in getattr(each, "metadata", [each])]
        return values(kind, rules)
    if origin is tuple:
        return st.lists(values(arguments[0]), min_size=shortest(rules), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(values(arguments[0]), values(arguments[1]), max_size=3)
    if NoneType in arguments:
        return st.none() | values(arguments[0])
    if arguments:
        return st.sampled_from(arguments)
    return plain_values(kind, rules)


def plain_values(kind: Any, rules: list[Any] | tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if kind is AwareDatetime:
        return MOMENTS
    if kind is bool:
        return st.booleans()
    if kind is int:
        lowest = [rule.ge for rule in rules if isinstance(rule, Ge)]
        above = [rule.gt + 1 for rule in rules if isinstance(rule, Gt)]
        return st.integers(min_value=max(lowest + above, default=None))
    if kind is str:
        patterns = [rule.pattern for rule in rules if getattr(rule, "pattern", None)]
        longest = min((r.max_length for r in rules if isinstance(r, MaxLen | Len)), default=None)
        # Our patterns end in `$`, which lets Python's own dialect add a line break.
        return (
            st.from_regex(patterns[0].replace("$", r"\Z"))
            if patterns
            else st.text(min_size=shortest(rules), max_size=longest)
        )
    if issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    return instances(kind)


def shortest(rules: list[Any] | tuple[Any, ...]) -> int:
    return max((rule.min_length for rule in rules if isinstance(rule, MinLen | Len)), default=0)


def enveloped(events: st.SearchStrategy[Event]) -> st.SearchStrategy[Envelope]:
    return st.builds(
        Envelope,
        event=events,
        id=st.uuids(),
        source=st.sampled_from(["gateway", "payment", "inventory"]),
        time=MOMENTS,
        correlation_id=PRINTABLE,
        sequence=st.integers(0, SEQUENCE_MAX),
        causation_id=st.none() | st.uuids(),
        traceparent=st.none() | st.from_regex(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01\Z"),
        waits=st.none() | st.builds(Waits, *[st.none() | st.integers(0, 10**12 - 1)] * 5),
    )


@pytest.fixture(scope="session", params=EVENT_TYPES, ids=lambda event_type: event_type.__name__)
def envelopes(request):
    """A strategy for envelopes of one type of event; a test that asks runs once for each type."""
    return enveloped(instances(request.param))


@pytest.fixture
def order_id() -> str:
    return f"ord_{uuid.UUID(int=7).hex}"
