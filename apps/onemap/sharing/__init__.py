"""Layers between departments: asking, granting, keeping fresh, and what others serve."""
