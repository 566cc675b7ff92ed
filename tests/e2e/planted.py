"""What a customer of the stories is called and lives at: no line of any log may say it."""

from audit import Violation
from client import recipient_of
from orderstream.logs.files import read
from orderstream.logs.wanted import Wanted
from stack import System

NAME = "Ada Tester"
CUSTOMER = "anybody"
VISA = "tok_visa"
PLANTED = {
    "a name": NAME,
    **{f"a {field}": recipient_of(CUSTOMER)[field] for field in ("email", "street")},
    "a card's token": VISA,
}


def found_in_logs(system: System) -> list[Violation]:
    """Each process whose log holds something of these, with the last of its lines that does."""
    return [
        Violation("no personal data in logs", one.process, f"{what}: {one.raw[:300]}")
        for what, text in PLANTED.items()
        for one in read(system.folders.logs, [], Wanted((text.encode(),)), 1, follow=False)
    ]
