"""Reads of collections, surveys and ideas: by staff within their units, and by everybody."""

from apps.opinions.selectors.board import (
    count_ideas_waiting,
    find_idea_of,
    find_similar,
    get_idea,
    get_public_idea,
    list_ideas,
    list_public_ideas,
)
from apps.opinions.selectors.papers import (
    Tally,
    Theme,
    draft_units,
    get_collection,
    get_public_collection,
    get_survey,
    list_collections,
    list_opinions,
    list_public_collections,
    list_surveys,
    tally_of,
    themes_of,
)
from apps.opinions.selectors.results import Cell, Result, results_of
from apps.opinions.selectors.taking import answer_of, list_public_surveys, version_for

__all__ = [
    "Cell",
    "Result",
    "Tally",
    "Theme",
    "answer_of",
    "count_ideas_waiting",
    "draft_units",
    "find_idea_of",
    "find_similar",
    "get_collection",
    "get_idea",
    "get_public_collection",
    "get_public_idea",
    "get_survey",
    "list_collections",
    "list_ideas",
    "list_opinions",
    "list_public_collections",
    "list_public_ideas",
    "list_public_surveys",
    "list_surveys",
    "results_of",
    "tally_of",
    "themes_of",
    "version_for",
]
