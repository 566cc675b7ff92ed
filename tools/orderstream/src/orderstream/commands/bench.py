"""`orderstream bench`: how many orders a second, how fast each, and at what cost."""

from pathlib import Path
from typing import Annotated

import typer

from orderstream.formatting import console

EXAMPLES = (
    "bench",
    "bench --rate 20 --rate 50 --repeats 3 --json before.json",
    "bench --compare before.json after.json   # what changed, and whether it is more than noise",
    "bench --rate 50 --orders-before 1000000   # what an order costs in a shop that is not new",
    "bench --rate 50 --peers   # DBOS beside it, on the same PostgreSQL",
    "bench --streams 1000   # live streams on one gateway: memory, and how soon a change is seen",
    "bench --strangers   # what floods of strangers cost the gateway: memory, CPU",
    "bench --gateway   # how many orders it accepts on one core, and three times as many",
)
KNEE = (10.0, 20.0, 50.0, 75.0, 100.0, 150.0, 200.0, 250.0, 300.0, 350.0, 400.0, 450.0, 500.0)
STREAMS_RATE = 20.0
BROKEN = 1
MOST_BEFORE = 10_000_000


def run(  # noqa: PLR0917  # each is an option of its own
    rate: Annotated[
        list[float] | None,
        typer.Option(help="Orders a second; repeat it for several steps.", min=0.1, max=10_000),
    ] = None,
    seconds: Annotated[
        float, typer.Option(help="How long each rate is offered.", min=2, max=86_400)
    ] = 20,
    repeats: Annotated[
        int, typer.Option(help="Measure all rates so many times, in turn: shows the noise.", min=1)
    ] = 1,
    declined: Annotated[
        float, typer.Option(help="Percent of the orders whose card is declined.", min=0, max=50)
    ] = 3,
    cancelled: Annotated[
        float, typer.Option(help="Percent that their customers cancel at once.", min=0, max=50)
    ] = 1,
    warm_up: Annotated[
        float,
        typer.Option(help="Seconds to warm up at most; ends once a cost is flat.", min=0, max=3600),
    ] = 240,
    orders_before: Annotated[
        int,
        typer.Option(
            help="Fill the databases with so many ended orders first.", min=0, max=MOST_BEFORE
        ),
    ] = 0,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures to this file.", dir_okay=False)
    ] = None,
    *,
    peers: Annotated[
        bool, typer.Option("--peers", help="Measure DBOS beside it, if it is installed.")
    ] = False,
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option("--compare", help="Measure nothing: compare two files of --json."),
    ] = None,
    gateway: Annotated[
        bool, typer.Option("--gateway", help="The gateway alone, beyond what it can take.")
    ] = False,
    strangers: Annotated[
        bool, typer.Option("--strangers", help="Floods of requests that no client should send.")
    ] = False,
    streams: Annotated[
        int | None, typer.Option("--streams", help="The number of live streams.", min=1, max=1900)
    ] = None,
) -> None:
    """Place orders at a given rate and measure; without --rate, step it up to find the knee.

    Runs on a private copy of the system whose providers answer at once, beside anything that is
    up. It warms up until the cost of an order is flat. The load is open-loop: orders come at their
    times, whether or not earlier ones are done. A rate is kept up with if nothing is refused, the
    open orders do not grow, and none is open ten seconds after the last.

    Beside it, in the same run, the floor: four commits an order on the same PostgreSQL, without
    anything else. Compare what the machine says in relation to that, never by itself. A run in
    which others used more than 5 % of the machine is thrown out and repeated once.

    In the end all books are audited: the exit code is 1 if they do not agree.
    """
    # Measuring takes HTTP clients of its own, for which no other command should have to wait.
    from orderstream.bench import running  # noqa: PLC0415
    from orderstream.bench.load import Mix  # noqa: PLC0415
    from orderstream.bench.results import Plan  # noqa: PLC0415

    screen = console()
    if compare:
        running.compare_files(screen, *compare)
    elif gateway:
        running.measure_gateway(screen, rate or (), seconds)
    elif strangers:
        running.measure_strangers(screen, seconds)
    elif streams:
        running.measure_streams(screen, streams, rate[0] if rate else STREAMS_RATE, seconds)
    else:
        mix = Mix(declined, cancelled)
        plan = Plan(
            rate or KNEE,
            seconds,
            repeats,
            mix,
            warm_up,
            with_peers=peers,
            orders_before=orders_before,
        )
        if running.measure_orders(screen, plan, json_file) is False:
            raise typer.Exit(BROKEN)
