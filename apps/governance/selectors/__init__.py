"""Reads of governance, always through the eyes of a viewer; one module per topic."""
