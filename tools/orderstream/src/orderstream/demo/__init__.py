"""The demo: a real shop's first trading day, replayed through the running system."""

from orderstream.demo.ending import show_ending
from orderstream.demo.journey import Journey
from orderstream.demo.plan import Plan, Purchase, plan, plan_first_day
from orderstream.demo.replay import Replay, replay
from orderstream.demo.showing import shown
from orderstream.demo.stage import staged
from orderstream.demo.waiting import Board, watched

__all__ = [
    "Board",
    "Journey",
    "Plan",
    "Purchase",
    "Replay",
    "plan",
    "plan_first_day",
    "replay",
    "show_ending",
    "shown",
    "staged",
    "watched",
]
