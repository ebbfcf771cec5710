"""From a stored version to a compiled table, kept per process.

What is kept is found by the version, its revision and the last change of the area tree, all
read in the query that finds the version: no process ever decides with an older wording.
"""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from django.db.models import Max

from apps.places import selectors as places
from apps.places.models import Area, AreaSuccession
from apps.rules.engine.compiled import CompiledTable
from apps.rules.engine.table import Table
from apps.rules.engine.vocabulary import Vocabulary
from apps.rules.models import RuleTableVersion
from apps.rules.registry import get_vocabulary

_KEPT = 200  # compiled tables per process
Expander = Callable[[str], list[str]]
_Key = tuple[int, int, int]
_kept: OrderedDict[_Key, CompiledTable] = OrderedDict()
_lock = Lock()


def area_stamp() -> int:
    """Will give a number that grows whenever an area is merged, split or moved; one query."""
    return AreaSuccession.objects.aggregate(last=Max("id"))["last"] or 0


def expand_area(path: str) -> list[str]:
    """Will give the path prefixes that today mean the area with this path and below.

    A path whose area is unknown stands for itself.
    """
    area = Area.objects.filter(path=path).first()
    return places.area_prefixes(area) if area is not None else [path]


def expander(stamp: int) -> Expander | None:
    """Will give ``expand_area``, or None while no area was ever merged, split or moved.

    Then every path stands for itself, and a long table asks nothing of the database.
    """
    return expand_area if stamp else None


def load(version: RuleTableVersion, *, stamp: int | None = None) -> CompiledTable:
    """Will give the compiled table of a version.

    stamp: of ``area_stamp`` if the caller has read it already.
    Raises: KeyError (its vocabulary is not registered), InvalidTable (it no longer fits).
    """
    stamp = area_stamp() if stamp is None else stamp
    key = (version.pk, version.revision, stamp)
    with _lock:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
            return found
    vocabulary = get_vocabulary(version.table.vocabulary)
    compiled = CompiledTable(read_body(vocabulary, version.body, expand=expander(stamp)))
    with _lock:
        _kept[key] = compiled
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
    return compiled


def read_body(vocabulary: Vocabulary, body: object, *, expand: Expander | None) -> Table:
    """Will parse a body that was accepted before; choices closed since then are let pass."""
    return Table.parse(vocabulary, body, expand_area=expand, any_value=True)
