"""Measuring the gateway alone: how many orders it takes on one core, and what it does with three times as many."""
