"""How the load spreads over partitions and instances."""

from orderstream.spreading.reading import read_spread
from orderstream.spreading.showing import show_spread
from orderstream.spreading.spread import Hearing, Partition, TopicSpread

__all__ = ["Hearing", "Partition", "TopicSpread", "read_spread", "show_spread"]
