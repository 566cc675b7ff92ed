"""Measuring live streams: what one costs to keep open, and how soon a change is seen."""
