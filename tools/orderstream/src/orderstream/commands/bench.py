"""`orderstream bench`: how many orders a second, how fast each, and at what cost."""

from typing import Annotated

import typer

from orderstream.formatting import console

EXAMPLES = (
    "bench",
    "bench --rate 50 --seconds 30",
    "bench --rate 100 --rate 200 --rate 300",
    "bench --streams 1000   # live streams on one gateway: memory, and how soon a change is seen",
    "bench --strangers   # what floods of strangers cost the gateway: memory, CPU",
    "bench --gateway   # how many orders it accepts on one core, and three times as many",
)
KNEE = (50.0, 100.0, 150.0, 200.0, 250.0, 300.0, 350.0, 400.0, 450.0, 500.0)
STREAMS_RATE = 20.0


def run(
    rate: Annotated[
        list[float] | None,
        typer.Option(help="Orders a second; repeat it for several steps.", min=0.1),
    ] = None,
    seconds: Annotated[float, typer.Option(help="How long each rate is offered.", min=2)] = 20,
    *,
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
    up. The load is open-loop: orders come at their times, whether or not earlier ones are done.
    """
    # Measuring takes HTTP clients of its own, for which no other command should have to wait.
    from orderstream.bench import running  # noqa: PLC0415

    screen = console()
    if gateway:
        running.measure_gateway(screen, rate or (), seconds)
    elif strangers:
        running.measure_strangers(screen, seconds)
    elif streams:
        running.measure_streams(screen, streams, rate[0] if rate else STREAMS_RATE, seconds)
    else:
        running.measure_orders(screen, rate or KNEE, seconds)
