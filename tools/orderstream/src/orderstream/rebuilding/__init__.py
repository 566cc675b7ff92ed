"""Rebuilding the orders from the topics beside the live ones, and comparing the two."""

from orderstream.rebuilding.comparing import Difference, Report
from orderstream.rebuilding.rebuild import rebuild
from orderstream.rebuilding.selection import Selection
from orderstream.rebuilding.showing import show_report

__all__ = ["Difference", "Report", "Selection", "rebuild", "show_report"]
