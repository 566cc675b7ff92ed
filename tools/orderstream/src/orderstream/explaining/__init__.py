"""Saying where one order stands, what it waits for, and what will end the wait."""

from orderstream.explaining.facts import OrderFacts
from orderstream.explaining.reading import CannotExplainError, read_facts
from orderstream.explaining.words import explain

__all__ = ["CannotExplainError", "OrderFacts", "explain", "read_facts"]
