"""Following one order through all topics."""

from orderstream.following.heard import Said, read_said
from orderstream.following.showing import as_json, story_table
from orderstream.following.story import Step, tell

__all__ = ["Said", "Step", "as_json", "read_said", "story_table", "tell"]
