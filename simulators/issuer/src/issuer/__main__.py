"""Runs the token issuer: `python -m issuer`."""

from simkit import run

from issuer.app import build_app
from issuer.settings import Settings

run("issuer", Settings, build_app)
