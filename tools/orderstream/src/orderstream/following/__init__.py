"""Following one order through all topics."""

from orderstream.following.heard import Said, read_said
from orderstream.following.history import chronicle
from orderstream.following.showing import as_json, story_table
from orderstream.following.story import Step, tell
from orderstream.following.trail import history_table, trail_as_json

__all__ = [
    "Said",
    "Step",
    "as_json",
    "chronicle",
    "history_table",
    "read_said",
    "story_table",
    "tell",
    "trail_as_json",
]
