"""Searches and follows the logs of all processes: natively in their files, in containers by the engine."""
