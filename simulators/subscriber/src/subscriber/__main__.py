"""Runs the subscriber: `python -m subscriber`."""

from simkit import run

from subscriber.app import build_app
from subscriber.settings import Settings

run("subscriber", Settings, build_app)
