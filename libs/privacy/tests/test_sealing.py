import base64
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st
from privacy import CannotUnsealError, PersonalData, Sealer
from pydantic import SecretStr, ValidationError

ORDER = "ord_" + "0" * 32
OTHER_ORDER = "ord_" + "1" * 32
ANN = PersonalData(
    name="Ann Example",
    email="ann@example.org",
    street="1 High Street",
    city="Exeter",
    postcode="EX1 1AA",
    country="GB",
)


def new_key() -> SecretStr:
    return SecretStr(base64.b64encode(secrets.token_bytes(32)).decode())


SEALER = Sealer(new_key())

line = st.text(st.characters(exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=20)
people = st.builds(
    PersonalData,
    name=line,
    email=line.filter(lambda part: "@" not in part).map(lambda part: f"{part}@example.org"),
    street=line,
    city=line,
    postcode=line,
    country=st.sampled_from(["GB", "DE", "NZ"]),
)


@given(people)
def test_what_was_sealed_is_unsealed_unchanged(data):
    assert SEALER.unseal(SEALER.seal(data, ORDER), ORDER) == data


def test_the_same_data_never_looks_the_same_sealed():
    assert SEALER.seal(ANN, ORDER) != SEALER.seal(ANN, ORDER)


def test_nothing_of_the_person_shows_in_the_sealed_value():
    sealed = base64.b64decode(SEALER.seal(ANN, ORDER).sealed)
    assert b"Ann" not in sealed
    assert b"example" not in sealed


def test_one_orders_data_cannot_be_passed_off_as_anothers():
    with pytest.raises(CannotUnsealError, match=f"the sealed data of {OTHER_ORDER} was changed"):
        SEALER.unseal(SEALER.seal(ANN, ORDER), OTHER_ORDER)


@given(position=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_single_changed_bit_is_noticed(position, bit):
    sealed = SEALER.seal(ANN, ORDER)
    raw = bytearray(base64.b64decode(sealed.sealed))
    raw[position % len(raw)] ^= 1 << bit
    changed = sealed.model_copy(update={"sealed": base64.b64encode(raw).decode()})
    with pytest.raises(CannotUnsealError, match="was changed"):
        SEALER.unseal(changed, ORDER)


@given(st.text(max_size=60))
def test_anything_that_was_never_sealed_is_refused(text):
    never = SEALER.seal(ANN, ORDER).model_copy(update={"sealed": text})
    with pytest.raises(CannotUnsealError):
        SEALER.unseal(never, ORDER)


def test_another_key_is_named_but_not_shown():
    key = new_key()
    sealed = Sealer(key).seal(ANN, ORDER)
    with pytest.raises(CannotUnsealError, match=f"sealed with key {sealed.key_id}, we hold") as no:
        SEALER.unseal(sealed, ORDER)
    assert key.get_secret_value() not in str(no.value)


def test_what_a_newer_writer_adds_is_ignored():
    class Newer(PersonalData):
        floor: str

    newer = Newer(**ANN.model_dump(), floor="second")
    assert SEALER.unseal(SEALER.seal(newer, ORDER), ORDER) == ANN


@pytest.mark.parametrize("key", ["", "short", "not base64!", "é" * 44, "A" * 44])
def test_a_key_that_is_none_is_refused(key):
    with pytest.raises(ValueError, match="expected base64 of 32 bytes"):
        Sealer(SecretStr(key))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Ann\r\nBcc: everybody@example.org"),
        ("name", "   "),
        ("email", "ann"),
        ("email", "ann@example.org\nBcc: everybody@example.org"),
        ("city", "Exe\x00ter"),
        ("country", "England"),
        ("shoe_size", "38"),
    ],
)
def test_personal_data_that_could_do_harm_is_refused_without_showing_it(field, value):
    with pytest.raises(ValidationError) as refused:
        PersonalData(**(ANN.model_dump() | {field: value}))
    assert "input_value" not in str(refused.value)


def test_personal_data_does_not_show_itself():
    assert repr(ANN) == "PersonalData()"
    assert "Ann" not in f"{ANN}"
