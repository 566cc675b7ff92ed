"""One order seen as a trace: its spans by cause and effect, and where its time went."""

from orderstream.tracing.reading import read_traces
from orderstream.tracing.showing import WIDTH_IN_A_PIPE, as_json, lines_of

__all__ = ["WIDTH_IN_A_PIPE", "as_json", "lines_of", "read_traces"]
