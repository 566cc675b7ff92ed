"""The figures of a run with live streams, as a table."""

from rich.console import Console

from orderstream.bench.streams.measuring import StreamsResult
from orderstream.tables import table

KIBIBYTE = 1024


def show(console: Console, result: StreamsResult) -> None:
    """One row of figures."""
    columns = ("streams", "KiB each", "orders/s", "changes", "p50 ms", "p95 ms", "p99 ms", "CPU")
    shown = table(*columns, "refused", "unfinished", right=columns)
    shown.add_row(
        str(result.streams),
        f"{result.bytes_each / KIBIBYTE:.1f}",
        f"{result.rate:.0f}",
        str(len(result.delays_ms)),
        *(f"{result.delay_ms(percent):.0f}" for percent in (50, 95, 99)),
        f"{result.gateway_cpu:.0%}",
        str(result.refused),
        str(result.unfinished),
    )
    console.print(shown)
    console.print("ms: from changed_at, set before the order service commits, to the client")
