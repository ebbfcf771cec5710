"""Reads of the eight entities, scoped by viewer."""

from apps.sensorthings.selectors.reading import Page, Reader
from apps.sensorthings.selectors.seeing import find_one, series_within, visible_to

__all__ = ["Page", "Reader", "find_one", "series_within", "visible_to"]
