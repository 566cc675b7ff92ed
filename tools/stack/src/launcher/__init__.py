"""What runs before anything else of ours: clean environments, forks, the supervisor's daemon. Imports nothing of ours."""
