"""A table as a DMN 1.3 decision table, and back.

One decision with one decision table; cells are S-FEEL unary tests. Three kinds of cells that
S-FEEL cannot say are written with one FEEL function of the cell's value (``?``) each:

    -                            any            null                           not known
    "a","b"   not("a","b")       in, not in     [1..5)  >= 3  < 5              interval
    starts with(?, "/1/5/")      within area    contains(?, "井盖")              contains any of
    list contains(?, "a")        tags, joined by "or" (any) or "and" (all)

Row keys and the names of areas travel in extension elements, which other tools keep and
ignore. ``write_dmn`` and ``read_dmn`` are all that others need. Source: RU-08, DMN 1.3 (OMG
formal/21-02-01) sections 8 and 9.
"""

from apps.rules.dmn.reading import MAX_FILE_BYTES, read_dmn
from apps.rules.dmn.writing import write_dmn

__all__ = ["MAX_FILE_BYTES", "read_dmn", "write_dmn"]
