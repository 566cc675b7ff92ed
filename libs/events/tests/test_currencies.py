import pytest
from events.currencies import DECIMALS, known, written


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (1980, "JPY", "1,980 JPY"),
        (1980, "GBP", "19.80 GBP"),
        (1980, "KWD", "1.980 KWD"),
        (1980, "CLF", "0.1980 CLF"),
        (5, "EUR", "0.05 EUR"),
        (99_999_999, "USD", "999,999.99 USD"),
        (0, "KRW", "0 KRW"),
        (1250, "DEM", "12.50 DEM"),
    ],
)
def test_an_amount_has_as_many_decimals_as_its_currency(
    amount: int, currency: str, text: str
) -> None:
    assert written(amount, currency) == text


def test_every_code_is_listed_once_and_is_one() -> None:
    assert len(DECIMALS) == 164
    assert all(len(code) == 3 and code.isupper() for code in DECIMALS)
    assert known("GBP") == "GBP"


@pytest.mark.parametrize("code", ["gbp", "XAU", "ZZZ", "", "DEM"])
def test_what_is_no_currency_in_use_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="expected the code of a currency in ISO 4217"):
        known(code)
