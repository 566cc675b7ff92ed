"""A file that is not in the format gets an error that says where and what."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from retail import RetailFormatError, import_content, import_file

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
ROW = "536365,85123A,HEART,6,1/12/2010,2.55,17850,United Kingdom"


def error_of(content: str | bytes) -> RetailFormatError:
    data = content.encode() if isinstance(content, str) else content
    with pytest.raises(RetailFormatError) as caught:
        import_content(data, "sales.csv")
    assert str(caught.value).startswith("sales.csv")
    return caught.value


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        ("Quantity", ",6,", ",six,"),
        ("Quantity", ",6,", ",6.5,"),
        ("Quantity", ",6,", ",,"),
        ("Quantity", ",6,", "," + "9" * 5000 + ","),
        ("UnitPrice", "2.55", "free"),
        ("UnitPrice", ",2.55", ',"2,55"'),
        ("UnitPrice", "2.55", "NaN"),
        ("InvoiceDate", "1/12/2010", "2010-12-01"),
        ("InvoiceDate", "1/12/2010", "31/11/2010"),
        ("InvoiceDate", "1/12/2010", "12/13/2010 8:26"),
        ("InvoiceDate", "1/12/2010", "1/12/0000"),
        ("InvoiceNo", "536365", "n/a"),
        ("InvoiceNo", "536365", ""),
        ("CustomerID", "17850", "Smith"),
    ],
)
def test_a_bad_value_is_named_with_its_line_and_column(column: str, good: str, bad: str) -> None:
    error = error_of(f"{HEADER}\n{ROW}\n{ROW.replace(good, bad, 1)}\n")
    assert (error.file, error.line, error.column) == ("sales.csv", 3, column)
    assert f"line 3, column {column}: " in str(error)


def test_a_renamed_column_is_named_as_missing_with_what_was_found() -> None:
    error = error_of(f"{HEADER.replace('UnitPrice', 'Price')}\n{ROW}\n")
    assert (error.line, error.column) == (1, "UnitPrice")
    assert "InvoiceDate, Price, CustomerID" in str(error)


@pytest.mark.parametrize("extra", ["Country", "Remark", ""])
def test_a_column_too_many_is_refused_rather_than_lost(extra: str) -> None:
    error = error_of(f"{HEADER},{extra}\n{ROW},x\n")
    assert error.line == 1
    assert error.column == (extra or "(no name)")


def test_a_row_with_the_wrong_number_of_fields_is_named() -> None:
    error = error_of(f"{HEADER}\n{ROW.replace('HEART', 'HEART, RED')}\n")
    assert error.line == 2
    assert "9 fields instead of 8" in str(error)


def test_line_numbers_stay_true_after_a_description_of_two_lines_and_a_blank_line() -> None:
    two_lines = ROW.replace("HEART", '"HEART\nRED"')
    assert error_of(f"{HEADER}\n{two_lines}\n\n{ROW.replace(',6,', ',six,')}\n").line == 5


def test_a_quote_that_never_ends_is_named_where_it_begins() -> None:
    error = error_of(f"{HEADER}\n{ROW}\n{ROW.replace('HEART', chr(34) + 'HEART')}\n{ROW}\n")
    assert error.line == 3
    assert "not readable as CSV" in str(error)


def test_an_empty_file_is_refused() -> None:
    assert "the file is empty" in str(error_of(""))
    assert "the file is empty" in str(error_of("\n\n"))


def test_a_header_alone_is_refused() -> None:
    assert "no row" in str(error_of(HEADER))


@pytest.mark.parametrize("content", [b"PK\x03\x04\x00\x00", HEADER.encode("utf-16")])
def test_a_file_that_is_no_text_is_refused(content: bytes) -> None:
    assert "not a text file" in str(error_of(content))


@pytest.mark.parametrize(("sign", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_another_separator_is_named(sign: str, name: str) -> None:
    message = str(error_of(f"{HEADER}\n{ROW}\n".replace(",", sign)))
    assert message == f"sales.csv, line 1: the columns are separated by {name}; save it with commas"


def test_a_list_of_products_is_distinguished_from_orders() -> None:
    assert "it lists products; orders are rows of CSV" in str(error_of(' {"products": []}'))


def test_a_gzip_is_opened_and_half_of_one_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "sales.csv.gz"
    whole = gzip.compress(f"{HEADER}\n{ROW}\n".encode())
    file.write_bytes(whole)
    assert len(import_file(file).orders) == 1
    file.write_bytes(whole[:-12])
    with pytest.raises(RetailFormatError, match=r"sales\.csv\.gz: a gzip that cannot be opened"):
        import_file(file)


def test_a_file_that_is_not_there_or_is_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RetailFormatError, match="there is no such file"):
        import_file(tmp_path / "missing.csv")
    with pytest.raises(RetailFormatError, match="cannot be read"):
        import_file(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_the_encodings_of_exports_are_understood(encoding: str) -> None:
    content = f"{HEADER}\r\n{ROW.replace('HEART', 'CŒUR' if 'utf' in encoding else 'CAFÉ')}\r\n"
    [product] = import_content(content.encode(encoding), "sales.csv").products
    assert product.name == ("CŒUR" if "utf" in encoding else "CAFÉ")


def test_columns_may_come_in_any_order_and_dates_with_a_time() -> None:
    header = ",".join(reversed(HEADER.split(",")))
    row = ",".join(reversed(ROW.replace("1/12/2010", "1/12/2010 8:26").split(",")))
    [order] = import_content(f"{header}\n{row}\n".encode(), "sales.csv").orders
    assert order.placed_on.isoformat() == "2010-12-01"


FIELD = st.one_of(
    st.text(max_size=12),
    st.sampled_from([*ROW.split(","), "C536365", "A1", "POST", "-6", "0", "-2.55", "0.001", '"']),
)
LINE = st.lists(FIELD, min_size=7, max_size=9).map(",".join)
PLAUSIBLE = st.tuples(
    st.sampled_from(["536365", "C536365", "536366", "A536367"]),
    st.sampled_from(["85123A", "85123a", "71053", "POST", ""]),
    st.sampled_from(["HEART", "heart [red]", "", "é"]),
    st.integers(-999_999_999, 999_999_999).map(str),
    st.dates().map(lambda day: f"{day.day}/{day.month}/{day.year:04}"),
    st.decimals(-10_000, 10_000, places=3).map(str),
    st.sampled_from(["17850", "17850.0", ""]),
    st.text(st.characters(exclude_characters='",\r\n\0', codec="utf-8"), max_size=12),
).map(",".join)


@settings(deadline=None)  # a busy machine is no finding
@given(st.lists(LINE | PLAUSIBLE, max_size=8))
def test_random_rows_are_imported_and_accounted_for_or_refused(lines: list[str]) -> None:
    content = "\n".join([HEADER, *lines]).encode("utf-8", errors="replace")
    assert_imported_or_refused(content)


@settings(deadline=None)  # a busy machine is no finding
@given(st.lists(PLAUSIBLE, min_size=1, max_size=8))
def test_rows_of_the_right_form_are_always_imported(lines: list[str]) -> None:
    report = import_content("\n".join([HEADER, *lines]).encode(), "sales.csv").report
    assert report.rows_read == len(lines) == report.rows_used + report.rows_dropped


@settings(deadline=None)  # a busy machine is no finding
@given(st.binary(max_size=200))
def test_random_bytes_are_refused(content: bytes) -> None:
    assert_imported_or_refused(content)


def assert_imported_or_refused(content: bytes) -> None:
    try:
        report = import_content(content, "sales.csv").report
    except RetailFormatError:
        return
    assert report.rows_read == report.rows_used + report.rows_dropped
