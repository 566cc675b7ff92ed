"""Runs the carrier: `python -m carrier`."""

from simkit import run

from carrier.app import build_app
from carrier.settings import Settings

run("carrier", Settings, build_app)
