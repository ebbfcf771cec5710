"""Reads of what is looked at in readings."""
