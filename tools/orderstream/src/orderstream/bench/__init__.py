"""Measuring: what the system does per second, how long an order takes, and what that costs."""
