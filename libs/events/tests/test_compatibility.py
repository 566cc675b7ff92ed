"""Which changes of an event break somebody, and which do not."""

from enum import StrEnum
from typing import Annotated, Literal

import pytest
from events.compatibility import Direction, check
from pydantic import BaseModel, Field, create_model

BACKWARD, FORWARD, BOTH = Direction


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Price(BaseModel):
    amount: int


class PriceWithTax(BaseModel):
    amount: int
    tax: int


class Tree(BaseModel):
    leaf: int
    branches: list["Tree"] = []


class TreeOfText(BaseModel):
    leaf: str
    branches: list["TreeOfText"] = []


def schema(name: str = "Painted", /, **fields: object) -> dict:
    return create_model(name, **fields).model_json_schema()


def changes(old: object, new: object) -> list[tuple[str, Direction, str]]:
    """What `check` says about a field whose type changes from one to the other."""
    found = check(schema(it=(old, ...)), schema(it=(new, ...)))
    return [
        (each.pointer.removeprefix("/properties/it"), each.direction, each.change) for each in found
    ]


def test_nothing_changed_is_compatible():
    assert changes(Tree, Tree) == []


def test_a_new_field_with_a_default_is_allowed():
    assert check(schema(a=(int, ...)), schema(a=(int, ...), b=(str, "none"))) == []


def test_a_field_may_get_a_default_for_writers_go_on_to_write_it():
    assert check(schema(a=(int, ...)), schema(a=(int, 7))) == []


def test_another_default_or_description_is_allowed():
    old, new = Field(1, description="how many"), Field(2, description="how many there are")
    assert check(schema(a=(int, old)), schema(a=(int, new))) == []


@pytest.mark.parametrize("default", [..., 7])
def test_a_removed_field_is_refused_though_it_had_a_default(default):
    [found] = check(schema(a=(int, ...), b=(int, default)), schema(a=(int, ...)))
    assert (found.pointer, found.direction, found.change) == (
        "/properties/b",
        FORWARD,
        "was removed",
    )


def test_a_renamed_field_is_a_removed_and_a_new_one():
    found = check(schema(a=(int, ...)), schema(b=(int, ...)))
    assert [(each.pointer, each.change) for each in found] == [
        ("/properties/a", "was removed"),
        ("/properties/b", "is new and required"),
    ]


def test_a_new_field_without_a_default_is_refused():
    [found] = check(schema(), schema(a=(int, ...)))
    assert (found.direction, found.change) == (BACKWARD, "is new and required")


def test_a_default_that_is_taken_away_is_refused():
    [found] = check(schema(a=(int, 1)), schema(a=(int, ...)))
    assert (found.direction, found.change) == (BACKWARD, "has become required")


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        (str, int, "was string, is integer"),
        (int, float, "was integer, is number"),
        (int, list[int], "was integer, is array"),
        (Price, int, "was object, is integer"),
        (int, object, "was integer, is anything"),
    ],
)
def test_a_retyped_field_is_refused(old, new, change):
    assert changes(old, new) == [("", BOTH, change)]


def test_another_format_or_pattern_is_refused():
    ascii_code = Annotated[str, Field(pattern="^[A-Z]+$")]
    digits = Annotated[str, Field(pattern="^[0-9]+$")]
    assert changes(ascii_code, digits) == [("/pattern", BOTH, "was ^[A-Z]+$, is ^[0-9]+$")]
    assert changes(str, digits) == [("/pattern", BOTH, "was absent, is ^[0-9]+$")]


@pytest.mark.parametrize(
    ("looser", "tighter", "word"),
    [
        (Field(ge=0), Field(ge=1), "minimum"),
        (Field(), Field(ge=0), "minimum"),
        (Field(gt=0), Field(gt=5), "exclusiveMinimum"),
        (Field(le=9), Field(le=8), "maximum"),
        (Field(), Field(lt=9), "exclusiveMaximum"),
    ],
)
def test_bounds_break_one_side_each(looser, tighter, word):
    loose, tight = Annotated[int, looser], Annotated[int, tighter]
    assert [(place, way) for place, way, _ in changes(loose, tight)] == [(f"/{word}", BACKWARD)]
    assert [(place, way) for place, way, _ in changes(tight, loose)] == [(f"/{word}", FORWARD)]


def test_lengths_are_bounds_too():
    short, long = Annotated[str, Field(max_length=5)], Annotated[str, Field(max_length=9)]
    assert changes(long, short) == [("/maxLength", BACKWARD, "was 9, is 5")]
    filled = Annotated[tuple[int, ...], Field(min_length=1)]
    assert changes(tuple[int, ...], filled) == [("/minItems", BACKWARD, "was absent, is 1")]


def test_a_narrowed_enum_breaks_new_readers_and_a_widened_one_those_not_yet_replaced():
    both, red = Literal["red", "blue"], Literal["red"]
    assert changes(both, red) == [("", BACKWARD, "no longer allows blue")]
    assert changes(red, both) == [("", FORWARD, "now also allows blue")]
    assert changes(red, str) == [("", FORWARD, "now also allows any other value")]
    assert changes(str, red) == [("", BACKWARD, "no longer allows any other value")]


def test_an_enum_may_become_a_literal_of_the_same_values():
    assert changes(Colour, Literal["blue", "red"]) == []


def test_a_field_that_may_now_be_null_breaks_readers_not_yet_replaced():
    assert changes(str, str | None) == [("", FORWARD, "can now also be null")]
    assert changes(str | None, str) == [("", BACKWARD, "can no longer be null")]


def test_the_order_of_a_union_does_not_matter():
    assert changes(Price | str | None, None | str | Price) == []


def test_a_change_within_a_union_is_found_in_its_branch():
    assert changes(Price | None, PriceWithTax | None) == [
        ("/$defs/Price/properties/tax", BACKWARD, "is new and required")
    ]


def test_a_value_of_another_name_and_the_same_form_is_compatible():
    renamed = create_model("Amount", amount=(int, ...))
    assert changes(Price, renamed) == []
    assert changes(Price | None, renamed | None) == []


def test_a_change_in_a_shared_value_is_reported_once_where_it_stands():
    old = schema(a=(Price, ...), b=(list[Price], ...), c=(dict[str, Price] | None, ...))
    text = create_model("Price", amount=(str, ...))
    found = check(old, schema(a=(text, ...), b=(list[text], ...), c=(dict[str, text] | None, ...)))
    assert [(each.pointer, each.change) for each in found] == [
        ("/$defs/Price/properties/amount", "was integer, is string")
    ]


def test_a_value_that_contains_itself_ends():
    assert [pointer for pointer, *_ in changes(Tree, TreeOfText)] == ["/$defs/Tree/properties/leaf"]


def test_keys_and_values_of_a_mapping_are_looked_into():
    wider = StrEnum("Colour", ["RED", "BLUE", "GREEN"])
    assert changes(dict[Colour, int], dict[wider, int]) == [
        ("/$defs/Colour", FORWARD, "now also allows green")
    ]
    assert changes(dict[str, int], dict[str, str]) == [
        ("/additionalProperties", BOTH, "was integer, is string")
    ]


def test_items_of_fixed_places_are_compared():
    assert [way for _, way, _ in changes(tuple[int, str], tuple[int, int])] == [BOTH]


def test_a_message_names_event_place_change_and_who_is_broken():
    [found] = check(schema("OrderPainted", **{"a/b": (int, ...)}), schema("OrderPainted"))
    assert str(found) == (
        "OrderPainted at /properties/a~1b: was removed;"
        " readers that are not yet replaced would miss or refuse what new writers say"
    )
