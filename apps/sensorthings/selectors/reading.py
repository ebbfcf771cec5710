"""Rows read as documents of the standard, related ones with them, a query per way and level."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import InvalidInput
from apps.sensorthings.conditions import OWNER, Conditions
from apps.sensorthings.entities import BY_NAME, Entity, Kind, Way, observation_id
from apps.sensorthings.questions import Question, Resource, Step, nothing_there
from apps.sensorthings.selectors.seeing import by_key, visible_to

#: Documents in one answer, those within others counted.
MOST_DOCUMENTS = 50_000
#: Kinds of properties that people write freely.
_FREE = frozenset({Kind.TEXT, Kind.JSON, Kind.SHAPE})
_PLACE, _TOTAL = "_place", "_total"


@dataclass
class Page:
    """A page of documents. total: of all, where asked for; more: whether another page follows."""

    documents: list[dict[str, Any]]
    more: bool = False
    total: int | None = None


@dataclass
class _Row:
    """A row as read. key: as in addresses; owner: of the row it was asked for.

    keys: of what it is tied to, in the order asked; total: of its owner's.
    """

    key: Any
    owner: Any
    document: dict[str, Any]
    keys: list[Any]
    total: int = 0


class _Columns:
    """What to select, each once: beside a window a column selected twice is lost."""

    def __init__(self, standing: Mapping[str, Any]) -> None:
        self.names: list[str] = []
        self.annotations: dict[str, Any] = {}
        self._known = [(expression, name) for name, expression in standing.items()]

    def add(self, expression: Any) -> int:
        """Will give the place an expression is selected at."""
        name = next((name for known, name in self._known if known == expression), None)
        if name is None and isinstance(expression, F):
            name = expression.name
        if name is None:
            name = f"_c{len(self._known)}"
            self.annotations[name] = expression
        self._known.append((expression, name))
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name)


class Reader:
    """Reads for one viewer. root: the address of the service, without a slash at its end.

    cover: covers personal data in what people wrote freely, if given.
    """

    def __init__(self, viewer: User, root: str, cover: Callable[[Any], Any] | None = None) -> None:
        self._visible = visible_to(viewer)
        self._cover = cover
        self._root = root
        self._count = 0

    def rows(self, steps: Sequence[Step]) -> QuerySet[Any]:
        """Will give the rows an address leads to. Raises: NotFound (a step is not there)."""
        found: QuerySet[Any] | None = None
        for place, step in enumerate(steps):
            if found is not None and step.way is not None:
                found = self._follow(step.entity, step.way, found)
            else:
                found = self._visible(step.entity)
            if step.key is not None:
                found = by_key(found, step.entity, step.key)
            is_one = step.key is not None or (step.way is not None and not step.way.many)
            is_last = place == len(steps) - 1
            if found is None or (is_one and not is_last and not found.exists()):
                raise nothing_there()
        assert found is not None, "an address has a step"
        return found

    def one(self, resource: Resource, question: Question) -> dict[str, Any]:
        """Will give the one entity of an address. Raises: NotFound; InvalidInput."""
        rows = self.rows(resource.steps)[:1]
        found = self._read(resource.entity, rows, question)
        if not found:
            raise nothing_there()
        return found[0].document

    def page(self, resource: Resource, question: Question) -> Page:
        """Will give a page of the set of an address. Raises: NotFound; InvalidInput."""
        entity = resource.entity
        rows = self._narrowed(entity, self.rows(resource.steps), question)
        total = rows.order_by().count() if question.count else None
        begin, end = question.skip, question.skip + question.top
        ordered = self._ordered(entity, rows, question)
        found = self._read(entity, ordered[begin : end + 1], question) if question.top else []
        more = len(found) > question.top
        if not question.top:
            more = rows.exists()
        return Page([row.document for row in found[: question.top]], more, total)

    def self_link(self, entity: Entity, key: Any) -> str:
        """Will give the address of one entity."""
        told = f"'{key}'" if isinstance(key, str) else key
        return f"{self._root}/{entity.plural}({told})"

    def _follow(self, entity: Entity, way: Way, sources: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of a target that a way leads to from one row."""
        rows = self._visible(entity)
        if not way.many:
            return rows.filter(pk__in=sources.annotate(_to=way.key).values("_to")[:1])
        return rows.alias(**{OWNER: way.key}).filter(**{OWNER: sources.values("pk")[:1]})

    def _narrowed(self, entity: Entity, rows: QuerySet[Any], question: Question) -> QuerySet[Any]:
        if question.where is None:
            return rows
        return rows.filter(Conditions(entity, self._visible).condition(question.where))

    def _order(self, entity: Entity, question: Question) -> tuple[dict[str, Any], list[Any]]:
        """What must be annotated first, and the order itself; the key decides in the end."""
        conditions = Conditions(entity, self._visible, "$orderby")
        needed: dict[str, Any] = {}
        found: list[Any] = []
        for node, descends in question.order:
            expression, way = conditions.order(node)
            if way is not None:
                needed[f"_way_{way.name}"] = way.key
            name = f"_order{len(found)}"
            needed[name] = expression
            ordered = F(name)
            found.append(ordered.desc(nulls_last=True) if descends else ordered.asc())
        return needed, [*found, *(F(key).asc() for key in entity.key)]

    def _ordered(self, entity: Entity, rows: QuerySet[Any], question: Question) -> QuerySet[Any]:
        needed, order = self._order(entity, question)
        return rows.alias(**needed).order_by(*order)

    def _read(
        self, entity: Entity, rows: QuerySet[Any], question: Question, owned_by: Any = None
    ) -> list[_Row]:
        """Reads rows with one query and what is asked for with them with one per way.

        owned_by: the key of their owners, where they were asked for those.
        """
        chosen = [
            each
            for each in entity.properties.values()
            if question.select is None or each.name in question.select
        ]
        ways = [entity.ways[name] for name in question.expand]
        columns = _Columns({OWNER: owned_by} if owned_by is not None else {})
        identity = [columns.add(F(name)) for name in entity.key]
        shown = [[columns.add(leaf) for leaf in each.read] for each in chosen]
        keys = [None if way.many else columns.add(way.key) for way in ways]
        owner = columns.add(owned_by) if owned_by is not None else None
        is_counted = owned_by is not None and question.count
        names = [*columns.names, *([_TOTAL] if is_counted else [])]
        found: list[_Row] = []
        for row in rows.annotate(**columns.annotations).values_list(*names):
            first = [row[place] for place in identity]
            key = observation_id(first[0], first[1]) if entity.is_observation else first[0]
            values = [[row[place] for place in places] for places in shown]
            document = self._document(entity, key, chosen, values, question)
            tied = [row[place] if place is not None else None for place in keys]
            held_by = row[owner] if owner is not None else None
            found.append(_Row(key, held_by, document, tied, row[-1] if is_counted else 0))
        self._count += len(found)
        if self._count > MOST_DOCUMENTS:
            raise InvalidInput(_("结果过多，请用 $top 缩小展开的范围"), field="$expand")
        for place, way in enumerate(ways):
            self._expand(entity, way, place, found, question.expand[way.name])
        return found

    def _document(
        self,
        entity: Entity,
        key: Any,
        chosen: Iterable[Any],
        values: Sequence[Sequence[Any]],
        question: Question,
    ) -> dict[str, Any]:
        select = question.select
        document: dict[str, Any] = {}
        link = self.self_link(entity, key)
        if select is None or select & {"id", "@iot.id"}:
            document["@iot.id"] = key
        if select is None or "@iot.selfLink" in select:
            document["@iot.selfLink"] = link
        for each, read in zip(chosen, values, strict=True):
            shown = each.show(*read)
            if self._cover is not None and each.kind in _FREE:
                shown = self._cover(shown)
            if not (each.is_free and (shown is None or shown == {})):
                document[each.name] = shown
        for name in entity.ways:
            if name not in question.expand and (select is None or name in select):
                document[f"{name}@iot.navigationLink"] = f"{link}/{name}"
        return document

    def _expand(
        self, entity: Entity, way: Way, place: int, rows: list[_Row], question: Question
    ) -> None:
        target = BY_NAME[way.target]
        if way.many:
            self._expand_many(entity, way, target, rows, question)
            return
        wanted = {row.keys[place] for row in rows if row.keys[place] is not None}
        seen = self._narrowed(target, self._visible(target).filter(pk__in=wanted), question)
        found = {row.key: row.document for row in self._read(target, seen, question)}
        for row in rows:
            row.document[way.name] = found.get(row.keys[place])

    def _expand_many(
        self, entity: Entity, way: Way, target: Entity, rows: list[_Row], question: Question
    ) -> None:
        owners = [row.key for row in rows]
        seen = self._visible(target).annotate(**{OWNER: way.key}).filter(**{f"{OWNER}__in": owners})
        seen = self._narrowed(target, seen, question)
        needed, order = self._order(target, question)
        seen = seen.annotate(**needed)
        numbered: dict[str, Any] = {
            _PLACE: Window(RowNumber(), partition_by=[F(OWNER)], order_by=order)
        }
        if question.count:
            numbered[_TOTAL] = Window(Count("*"), partition_by=[F(OWNER)])
        begin, end = question.skip, question.skip + question.top
        seen = seen.annotate(**numbered).filter(
            Q(**{f"{_PLACE}__gt": begin}) & Q(**{f"{_PLACE}__lte": end + 1})
        )
        by_owner: dict[Any, list[_Row]] = defaultdict(list)
        for row in self._read(target, seen.order_by(_PLACE), question, way.key):
            by_owner[row.owner].append(row)
        for row in rows:
            inner = by_owner.get(row.key, [])
            if question.count:
                total = inner[0].total if inner else 0
                row.document[f"{way.name}@iot.count"] = total
            row.document[way.name] = [each.document for each in inner[: question.top]]
            if len(inner) > question.top:
                link = f"{self.self_link(entity, row.key)}/{way.name}"
                row.document[f"{way.name}@iot.nextLink"] = f"{link}?{question.behind()}"
