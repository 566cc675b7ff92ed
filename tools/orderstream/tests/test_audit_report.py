"""How an audit's report looks on a terminal."""

from dataclasses import replace
from io import StringIO

from audit import Books, Report, judge
from audit.records import Intent, Pending
from audit.testing import DECLINED, sound_books
from orderstream.auditing import show_report
from rich.console import Console


def shown(report: Report) -> str:
    """What a terminal of 200 columns is printed."""
    console = Console(file=StringIO(), width=200)
    show_report(report, console)
    return console.file.getvalue()


def with_strays(books: Books, count: int) -> Books:
    strays = [Intent(f"ord_{n}", "pi", "requires_capture", "GBP", 0, 0, 0) for n in range(count)]
    return replace(books, intents=[*books.intents, *strays])


def test_the_first_ten_violations_are_shown_and_the_others_counted() -> None:
    text = shown(judge(with_strays(sound_books(), 12)))
    assert text.count("the provider has money for an order that there is not") == 10
    assert "… and 2 more" in text
    assert "19.98 GBP taken" in " ".join(text.split())
    assert "12 violations of 1 of 10 rules, 0 in flight" in text


def test_a_process_that_does_not_run_is_named_with_its_reason() -> None:
    absent = {"payment-worker": "does not answer"}
    pending = [Pending("payment", DECLINED, "VoidPayment")]
    report = judge(replace(sound_books(), absent=absent, pending=pending))
    assert "does not run  payment-worker  does not answer" in shown(report)
