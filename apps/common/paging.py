"""Pages of a long list without counting it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

PAGE_SIZE = 25
PAGE_SIZES = (25, 50, 100)
COUNT_CAP = 999
LAST_PAGE = 400  # deeper than this a search or filter serves better than turning pages


@dataclass(frozen=True)
class Page:
    """One page of rows. number: from 1."""

    items: list[Any]
    number: int
    size: int
    has_next: bool

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def first_row(self) -> int:
        """The number of the first row shown, from 1."""
        return (self.number - 1) * self.size + 1


@dataclass(frozen=True)
class CappedCount:
    """A number of rows, or "more than the cap": telling 1,000 from 100,000 helps nobody."""

    value: int

    def __str__(self) -> str:
        return f"{COUNT_CAP}+" if self.value > COUNT_CAP else str(self.value)


def count_capped(rows: QuerySet[Any]) -> CappedCount:
    """Will count rows up to the cap and look at no more."""
    return CappedCount(rows.order_by().values("pk")[: COUNT_CAP + 1].count())


def page_of(rows: QuerySet[Any], query: Mapping[str, Any]) -> Page:
    """Will give the page asked for by ``page`` and ``size``; rubbish means the first.

    Reads one row more than it shows to know whether there is a next page.
    """
    number = page_number(query)
    size = _whole(query.get("size"), PAGE_SIZE)
    size = size if size in PAGE_SIZES else PAGE_SIZE
    start = (number - 1) * size
    found = list(rows[start : start + size + 1])
    return Page(found[:size], number, size, len(found) > size and number < LAST_PAGE)


def page_number(query: Mapping[str, Any]) -> int:
    """Will give the page asked for, from 1 to ``LAST_PAGE``."""
    return min(max(_whole(query.get("page"), 1), 1), LAST_PAGE)


def _whole(raw: Any, default: int) -> int:
    text = str(raw or "")
    return int(text) if text.isdecimal() and len(text) < 6 else default
