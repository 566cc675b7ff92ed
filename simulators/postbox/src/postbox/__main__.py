"""Runs the postbox: `python -m postbox`."""

from simkit import run

from postbox.app import build_app
from postbox.settings import Settings

run("postbox", Settings, build_app)
