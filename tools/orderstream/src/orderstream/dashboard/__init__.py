"""The shop's dashboard on a terminal, as the gateway tells it."""

from orderstream.dashboard.feed import Feed, follow
from orderstream.dashboard.picture import picture

__all__ = ["Feed", "follow", "picture"]
