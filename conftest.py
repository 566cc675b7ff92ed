"""What every test may ask for comes from the testkit."""

from hypothesis import settings

pytest_plugins = ["testkit.once", "testkit.groups", "testkit.giving_way", "testkit.stores.fixtures"]

settings.register_profile("orderstream", deadline=None)  # a busy machine is no finding
settings.load_profile("orderstream")
