"""What a caller asks of the features of one layer, read from the address.

Every parameter the standard or the layer does not know is refused: a misspelt ``bboxx`` would
else answer the whole city as if it lay in the box. Source: OGC 17-069r4 requirements 9 and 10.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput
from apps.common.phrases import series
from apps.ogc import cql, crs, values
from apps.ogc.crs import Box, Crs
from apps.onemap.registry import LayerField

DEFAULT_LIMIT, MOST_LIMIT = 100, 5000
ITEMS = (
    "f", "limit", "bbox", "bbox-crs", "crs", "datetime",
    "filter", "filter-lang", "filter-crs", "cursor", "before",
)  # fmt: skip
ITEM = ("f", "crs")
#: Names a field cannot be asked by: they mean something else.
RESERVED = frozenset({*ITEMS, cql.GEOMETRY, "id"})
_MOST_CURSOR = 60


@dataclass(frozen=True)
class Question:
    """One reading. where: value by field. condition: of the filter.

    cursor: key read last, the page lies behind it. before: key read first, the page lies before
    it. Both empty: the first page.
    """

    limit: int = DEFAULT_LIMIT
    crs: Crs = crs.CRS84
    box: Box | None = None
    span: values.Span | None = None
    where: Mapping[str, Any] = field(default_factory=dict)
    condition: Q | None = None
    cursor: str = ""
    before: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether less than the whole layer is asked for."""
        asked = (self.box, self.span, self.condition)
        return bool(self.where) or any(each is not None for each in asked)


def read(query: QueryDict, queryables: Mapping[str, LayerField], geometry_field: str) -> Question:
    """Will read a question about many features. Raises: InvalidInput naming the parameter."""
    require_known(query, (*ITEMS, *queryables))
    given = _texts(query)
    box_system = _system(given, "bbox-crs")
    return Question(
        limit=_limit(given),
        crs=_system(given, "crs"),
        box=crs.parse_box(given["bbox"], box_system) if "bbox" in given else None,
        span=values.parse_span(given["datetime"]) if "datetime" in given else None,
        where={
            name: values.cast(given[name], each.kind, field=name)
            for name, each in queryables.items()
            if name in given
        },
        condition=_condition(given, queryables, geometry_field),
        **_place(given),
    )


def read_one(query: QueryDict) -> Crs:
    """Will read the system one feature is asked for in. Raises: InvalidInput."""
    require_known(query, ITEM)
    return _system(_texts(query), "crs")


def require_known(query: QueryDict, known: tuple[str, ...]) -> None:
    """Raises: InvalidInput (a parameter nobody declared, or one said twice)."""
    for name, said in query.lists():
        if name not in known:
            raise InvalidInput(
                _("不认识参数“%(name)s”，可用：%(known)s")
                % {"name": name[:60], "known": series(known)},
                field=name[:60],
            )
        if len(said) > 1:
            raise InvalidInput(_("参数“%(name)s”只能出现一次") % {"name": name}, field=name)


def _texts(query: QueryDict) -> dict[str, str]:
    return {name: str(query[name]) for name in query}


def _system(query: Mapping[str, str], name: str) -> Crs:
    return crs.named(query[name], field=name) if name in query else crs.CRS84


def _limit(query: Mapping[str, str]) -> int:
    text = query.get("limit", str(DEFAULT_LIMIT))
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) < 1:
        raise InvalidInput(
            _("limit 应为 1 到 %(most)d 的整数") % {"most": MOST_LIMIT}, field="limit"
        )
    return min(int(text), MOST_LIMIT)


def _place(query: Mapping[str, str]) -> dict[str, str]:
    """Gives which page is meant. Raises: InvalidInput."""
    found = {name: query[name] for name in ("cursor", "before") if query.get(name)}
    for name, text in found.items():
        if len(text) > _MOST_CURSOR or len(found) > 1:
            raise bad_place(name)
    return found


def bad_place(name: str) -> InvalidInput:
    """The refusal of a page nobody linked to. name: of the parameter."""
    link = "next" if name == "cursor" else "prev"
    message = _("%(name)s 应取自另一页的 %(link)s 链接，且不能与另一个同用")
    return InvalidInput(message % {"name": name, "link": link}, field=name)


def _condition(
    query: Mapping[str, str], queryables: Mapping[str, LayerField], geometry_field: str
) -> Q | None:
    language = query.get("filter-lang", cql.TEXT)
    if language not in {cql.TEXT, cql.JSON}:
        raise InvalidInput(
            _("filter-lang 应为 %(text)s 或 %(json)s") % {"text": cql.TEXT, "json": cql.JSON},
            field="filter-lang",
        )
    system = _system(query, "filter-crs")
    if "filter" not in query:
        return None
    return cql.Filter(queryables, geometry_field, system).parse(query["filter"], language)
