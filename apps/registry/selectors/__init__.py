"""Reads of the registry, by topic."""

from apps.registry.selectors.care import visits_due
from apps.registry.selectors.files import files_in, get_file, list_files, near_matches
from apps.registry.selectors.values import form_of

__all__ = ["files_in", "form_of", "get_file", "list_files", "near_matches", "visits_due"]
