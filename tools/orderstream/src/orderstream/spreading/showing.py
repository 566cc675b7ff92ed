"""The spread of the load as two tables: each partition, then each topic."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from orderstream.spreading.spread import Hearing, Partition, TopicSpread
from orderstream.tables import table
from orderstream.wording import short


def show_spread(topics: Sequence[TopicSpread], console: Console) -> None:
    """Print what lies where and who hears it; topics without a record in one line."""
    used = [topic for topic in topics if topic.records]
    console.print(_partitions(used))
    console.print(_topics(used))
    empty = ", ".join(topic.name for topic in topics if not topic.records)
    if empty:
        console.print(f"Without a record: {empty}")


def _partitions(topics: Sequence[TopicSpread]) -> Table:
    columns = ("topic", "partition", "records", "share", "heard by (records behind)")
    shown = table(*columns, right=("partition", "records", "share"))
    for topic in topics:
        for partition in topic.partitions:
            shown.add_row(*_row(topic, partition))
    return shown


def _row(topic: TopicSpread, partition: Partition) -> tuple[str, ...]:
    share = f"{partition.records / topic.records:.0%}"
    heard = ", ".join(map(_heard, partition.heard)) or "-"
    return topic.name, str(partition.number), str(partition.records), share, heard


def _heard(hearing: Hearing) -> str:
    who = hearing.instance or f"nobody for {hearing.group}"
    return f"{who} ({hearing.lag})"


def _topics(topics: Sequence[TopicSpread]) -> Table:
    columns = ("topic", "records", "fullest / mean", "most frequent keys")
    shown = table(*columns, right=("records", "fullest / mean"))
    for topic in topics:
        keys = ", ".join(f"{short(key)} {count}" for key, count in topic.hottest)
        shown.add_row(topic.name, str(topic.records), f"{topic.skew:.2f}", keys)
    return shown
