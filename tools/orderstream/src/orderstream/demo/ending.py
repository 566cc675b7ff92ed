"""What became of the day's orders: how many ended how, some of each, and the cancellations."""

from collections import defaultdict
from collections.abc import Sequence
from statistics import median

from rich.console import Console
from rich.text import Text

from orderstream.demo.journey import Journey
from orderstream.demo.tally import ENDS, NAMES, place
from orderstream.tables import table
from orderstream.wording import count, moment, money, short, took

SOME = 3
OWNERS_SHOWN = 12


def show_ending(journeys: Sequence[Journey], console: Console) -> None:
    """Print what became of every order."""
    by_end: defaultdict[str, list[Journey]] = defaultdict(list)
    for journey in journeys:
        if journey.document is not None:
            by_end[place(journey)].append(journey)
    _show_ends(by_end, console)
    _show_cancellations([one for one in journeys if one.answer is not None], console)
    _show_trouble([one for one in journeys if one.trouble is not None], console)
    _show_speed([one for one in journeys if one.has_ended], console)


def _show_ends(by_end: dict[str, list[Journey]], console: Console) -> None:
    shown = table(
        "ended as",
        "order",
        "customer",
        "lines",
        "total",
        "took",
        right=("lines", "total", "took"),
    )
    for end in (*ENDS, *sorted(set(by_end) - set(ENDS))):
        found = by_end.get(end, [])
        for index, journey in enumerate(found[:SOME]):
            colour = "green" if end == "completed" else "yellow"
            name = f"{len(found):>3} {NAMES.get(end, end)}"
            shown.add_row(Text("" if index else name, style=colour), *_row(journey))
        if found:
            shown.add_section()
    console.print(f"\n[bold]What became of the {count(sum(map(len, by_end.values())), 'order')}[/]")
    console.print(shown)


def _row(journey: Journey) -> tuple[str, ...]:
    document = journey.document or {}
    owner = journey.purchase.order.customer[:OWNERS_SHOWN]
    lines, total = str(len(document["lines"])), money(document["total"])
    return short(document["id"]), owner, lines, total, took(document)


def _show_cancellations(journeys: Sequence[Journey], console: Console) -> None:
    if not journeys:
        return
    shown = table("order", "cancelled", "and so")
    for journey in journeys:
        after = journey.purchase.cancel_after_s
        when = f"after {after:.0f} s" if after else "at once"
        shown.add_row(short(journey.order_id or ""), when, _outcome(journey))
    console.print("[bold]Customers who changed their mind[/] (in 2010 they sent goods back)")
    console.print(shown)


def _outcome(journey: Journey) -> Text:
    if journey.answer == "shipped already":
        return Text("too late: the gateway knew that it had shipped", style="yellow")
    if journey.answer == "ended already":
        return Text("too late: it had ended for another reason", style="yellow")
    if place(journey) == "by_customer":
        return Text("stopped: nothing charged, nothing shipped", style="green")
    return Text("too late: shipping refused, it was on its way", style="yellow")


def _show_trouble(journeys: Sequence[Journey], console: Console) -> None:
    for journey in journeys:
        name = short(journey.order_id) if journey.order_id else journey.purchase.order.number
        console.print(Text(f"{name}: {journey.trouble}", style="red"))


def _show_speed(journeys: Sequence[Journey], console: Console) -> None:
    if not journeys:
        return
    seconds = sorted(
        (moment(one["final_at"]) - moment(one["placed_at"])).total_seconds()
        for one in (journey.document or {} for journey in journeys)
    )
    retried = sum(journey.tries > 1 for journey in journeys)
    again = f" {count(retried, 'order')} had to be sent more than once." if retried else ""
    console.print(
        f"From accepted to ended: median {median(seconds):.1f} s, slowest {seconds[-1]:.1f} s. "
        f"The payment provider takes up to 2 s of it.{again}",
        highlight=False,
    )
