"""Adapters to authorities and platforms; see ``residents.checking``."""
