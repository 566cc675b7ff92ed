"""The process of a worker: what it starts, watches and stops."""
