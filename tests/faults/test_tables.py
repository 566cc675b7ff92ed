"""The tables say what the audit found, and each row is of a trial that happened."""

from audit import RULES, Violation
from e2e.verdict import Verdict
from faults import page
from faults.alarms import AlertRow, alerts_of_the_file
from faults.row import MEANS, Row, as_markdown, judged


def row(*violations: Violation, in_flight: int = 0, seconds: float | None = 1.25):
    waiting = {f"ord_{number}": "waits" for number in range(in_flight)}
    tried = Row(
        fault="the moon falls down",
        orders=30,
        in_flight_at_the_fault=4,
        unknown_answers=2,
        seconds_to_normal=seconds,
    )
    return judged(tried, Verdict("", violations, waiting))


def test_every_rule_of_the_audit_counts_as_something():
    assert MEANS.keys() == {rule.name for rule in RULES}


def test_breaches_and_orders_without_an_end_are_counted():
    found = row(
        Violation("acceptance", "ord_1", "is gone"),
        Violation("money", "ord_1", "was charged twice"),
        Violation("money", "ord_2", "was charged twice"),
        Violation("endings", "ord_3", "is open"),
        Violation("sequences", "ord_1", "has a gap"),
        in_flight=5,
    )
    assert (found.lost, found.doubled, found.stuck, found.wrong) == (1, 2, 6, 1)


def test_a_table_shows_every_figure():
    head, rule, line, other = as_markdown([row(), row(seconds=None)])
    assert head.startswith("| fault               | orders | in flight at the fault |")
    assert rule.startswith("| ------------------- | -----: |")
    assert line.split("|")[1:-1] == [
        " the moon falls down ", "     30 ", "                      4 ", "               2 ",
        "    0 ", "       0 ", "     0 ", "     0 ", "               1.2 ",
    ]  # fmt: skip
    assert other.endswith(" never |")


def test_a_table_takes_its_own_place_on_the_page(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "PAGE", tmp_path / "faults.md")
    page.PAGE.write_text(
        "<!-- measured: moons -->\nold\n<!-- end -->\n<!-- measured: suns -->\nkept\n<!-- end -->\n"
    )
    page.write({"moons": [row()]})
    text = page.PAGE.read_text()
    assert "old" not in text
    assert "the moon falls down" in text.split("<!-- end -->")[0]
    assert text.endswith("<!-- measured: suns -->\nkept\n<!-- end -->\n")


def test_every_file_of_trials_has_a_place_on_the_page():
    text = page.PAGE.read_text()
    files = page.trials()
    assert files
    assert [file.name for file in files if page.marker(page.title(file)) not in text] == []


def test_every_alert_that_prometheus_is_given_is_fired_by_a_trial_and_has_its_place():
    assert page.alerts_of_trials() == alerts_of_the_file()
    table = (
        page.PAGE.read_text().partition(page.marker(page.ALERTS))[2].partition("<!-- end -->")[0]
    )
    assert {line.split()[1] for line in table.splitlines() if line.startswith("| ")} == {
        "alert",
        *alerts_of_the_file(),
        "-" * max(map(len, alerts_of_the_file())),
    }


def test_words_begin_at_the_left_of_their_column():
    lines = as_markdown([AlertRow("LagGrows", "the moon falls down", "It is behind.", 3.25)])
    assert lines == [
        "| alert    | trial               | says          | seconds |",
        "| -------- | ------------------- | ------------- | ------: |",
        "| LagGrows | the moon falls down | It is behind. |     3.2 |",
    ]
