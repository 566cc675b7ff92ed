"""`python -m orderstream` is `orderstream`."""

from orderstream.cli import app

app(prog_name="orderstream")
