"""Runs the payment provider: `python -m psp`."""

from simkit import run

from psp.app import build_app
from psp.settings import Settings

run("psp", Settings, build_app)
