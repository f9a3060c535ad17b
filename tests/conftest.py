"""Fixtures that every test can ask for."""

from hypothesis import settings

pytest_plugins = ["tests.servers", "tests.databases"]

# On a busy machine an example may take any time, which says nothing about the product.
settings.register_profile("waypost", deadline=None)
settings.load_profile("waypost")
