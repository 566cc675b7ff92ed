"""What every test may ask for comes from the testkit."""

from hypothesis import settings

pytest_plugins = ["testkit.once", "testkit.groups", "testkit.giving_way", "testkit.stores.fixtures"]

# A busy machine is no finding, and what a change has to pass is the same every time; what has not been thought of
# is searched for in the nights, with `--hypothesis-profile searching`.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.register_profile("searching", deadline=None, print_blob=True, max_examples=300)
settings.load_profile("repeatable")
