"""What a reader asks: the resource in the address and the options beside it. No I/O.

Source: OGC 18-088 clauses 9.2 and 9.3.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput, NotFound
from apps.sensorthings import grammar
from apps.sensorthings.entities import BY_NAME, BY_PLURAL, Entity, Way
from apps.sensorthings.grammar import Node

DEFAULT_TOP, MOST_TOP, MOST_SKIP = 100, 1000, 10_000_000
MOST_EXPANDS, MOST_EXPAND_DEPTH, MOST_SEGMENTS = 20, 5, 20
MOST_CHARACTERS = 16_000
DATA_ARRAY = "dataArray"
_SEGMENT = re.compile(r"([A-Za-z]+)(?:\((.{1,120})\))?")
_OPTIONS = frozenset(
    {"$top", "$skip", "$count", "$filter", "$orderby", "$select", "$expand", "$resultFormat"}
)


@dataclass(frozen=True)
class Step:
    """One segment: a set, with a key where one of it is meant; or a way to one."""

    entity: Entity
    way: Way | None = None
    key: str | None = None


@dataclass(frozen=True)
class Resource:
    """What an address means. shown: a property; raw: its value alone; refs: links only."""

    steps: tuple[Step, ...]
    shown: str = ""
    raw: bool = False
    refs: bool = False

    @property
    def entity(self) -> Entity:
        """The entity it ends at."""
        return self.steps[-1].entity

    @property
    def is_one(self) -> bool:
        """Whether it ends at one of them."""
        last = self.steps[-1]
        return last.key is not None or (last.way is not None and not last.way.many)


@dataclass(frozen=True)
class Question:
    """The options of one reading, or of one ``$expand``. said: those told, as they were told."""

    top: int = DEFAULT_TOP
    skip: int = 0
    count: bool = False
    where: Node | None = None
    order: tuple[tuple[Node, bool], ...] = ()
    select: frozenset[str] | None = None
    expand: Mapping[str, "Question"] = field(default_factory=dict)
    data_array: bool = False
    said: Mapping[str, str] = field(default_factory=dict)

    def behind(self) -> str:
        """Will write the options of the page behind this one."""
        said = dict(self.said) | {"$top": str(self.top), "$skip": str(self.skip + self.top)}
        return urlencode(said, safe="$(),;/='")


def read_resource(path: str) -> Resource:
    """Will read an address below the root. Raises: NotFound (there is no such thing)."""
    segments = [each for each in path.split("/") if each]
    if not segments or len(segments) > MOST_SEGMENTS:
        raise nothing_there()
    steps: list[Step] = []
    for place, segment in enumerate(segments):
        match = _SEGMENT.fullmatch(segment)
        step = _step(steps, match) if match else None
        if step is not None:
            steps.append(step)
            continue
        return _end(Resource(tuple(steps)), segments[place:])
    return Resource(tuple(steps))


def _step(steps: list[Step], match: re.Match[str]) -> Step | None:
    name, key = match.group(1), match.group(2)
    if not steps:
        entity = BY_PLURAL.get(name)
        if entity is None:
            raise nothing_there()
        return Step(entity, key=_key(key))
    before = Resource(tuple(steps))
    way = before.entity.ways.get(name)
    if way is None:
        return None
    if not before.is_one or (key is not None and not way.many):
        raise nothing_there()
    return Step(BY_NAME[way.target], way, _key(key))


def _end(found: Resource, rest: list[str]) -> Resource:
    """Reads what follows the last entity."""
    if not found.steps:
        raise nothing_there()
    match rest:
        case ["$ref"] if not found.is_one:
            return Resource(found.steps, refs=True)
        case [name, *more] if found.is_one and (name in found.entity.properties or name == "id"):
            if more not in ([], ["$value"]):
                raise nothing_there()
            return Resource(found.steps, shown=name, raw=bool(more))
    raise nothing_there()


def _key(told: str | None) -> str | None:
    if told is None:
        return None
    if len(told) > 1 and told[0] == told[-1] == "'":
        return told[1:-1].replace("''", "'")
    return told


def nothing_there() -> NotFound:
    """The refusal of an address that leads nowhere, or to what the caller may not see."""
    return NotFound(_("没有这个资源，或您无权查看"))


def read_question(query: Mapping[str, str], entity: Entity) -> Question:
    """Will read the options told in an address. Raises: InvalidInput naming the option."""
    return _question({k: v for k, v in query.items() if k.startswith("$")}, entity, 0, [])


def _question(said: dict[str, str], entity: Entity, depth: int, count: list[str]) -> Question:
    for name, value in said.items():
        if name not in _OPTIONS:
            raise InvalidInput(_("不认识参数“%(name)s”") % {"name": name[:60]}, field=name[:60])
        if len(value) > MOST_CHARACTERS:
            raise InvalidInput(_("“%(name)s”过长") % {"name": name}, field=name)
    shape = said.get("$resultFormat", "")
    if shape and (shape != DATA_ARRAY or not entity.is_observation):
        raise InvalidInput(_("$resultFormat 只能为 dataArray，用于读数"), field="$resultFormat")
    return Question(
        top=min(_number(said, "$top", DEFAULT_TOP), MOST_TOP),
        skip=_number(said, "$skip", 0, most=MOST_SKIP),
        count=_truth(said, "$count"),
        where=grammar.parse_filter(said["$filter"]) if "$filter" in said else None,
        order=tuple(grammar.parse_order(said["$orderby"])) if "$orderby" in said else (),
        select=_select(said["$select"], entity) if "$select" in said else None,
        expand=_expand(said.get("$expand", ""), entity, depth, count),
        data_array=bool(shape),
        said=said,
    )


def _number(said: Mapping[str, str], name: str, default: int, most: int = 0) -> int:
    text = said.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise InvalidInput(_("%(name)s 应为自然数") % {"name": name}, field=name)
    if most and int(text) > most:
        raise InvalidInput(_("%(name)s 不得超过 %(most)d") % {"name": name, "most": most},
                           field=name)  # fmt: skip
    return int(text)


def _truth(said: Mapping[str, str], name: str) -> bool:
    text = said.get(name, "false").lower()
    if text not in {"true", "false"}:
        raise InvalidInput(_("%(name)s 应为 true 或 false") % {"name": name}, field=name)
    return text == "true"


def _select(text: str, entity: Entity) -> frozenset[str]:
    names = frozenset(each.strip().split("/")[0] for each in text.split(","))
    known = {"id", "@iot.id", "@iot.selfLink", *entity.properties, *entity.ways}
    if wrong := sorted(names - known):
        raise _unknown(entity, wrong[0], "$select")
    return names


def _expand(text: str, entity: Entity, depth: int, count: list[str]) -> dict[str, Question]:
    if not text.strip():
        return {}
    if depth >= MOST_EXPAND_DEPTH:
        raise InvalidInput(
            _("$expand 嵌套不得超过 %(most)d 层") % {"most": MOST_EXPAND_DEPTH}, field="$expand"
        )
    found: dict[str, dict[str, str]] = {}
    for part in split(text, ","):
        count.append(part)
        if len(count) > MOST_EXPANDS:
            raise InvalidInput(
                _("$expand 不得超过 %(most)d 项") % {"most": MOST_EXPANDS}, field="$expand"
            )
        name, options = _part(part)
        said = found.setdefault(name, {})
        for key, value in options.items():
            said[key] = f"{said[key]},{value}" if key == "$expand" and key in said else value
    made = {}
    for name, said in found.items():
        way = entity.ways.get(name)
        if way is None:
            raise _unknown(entity, name, "$expand")
        made[name] = _question(said, BY_NAME[way.target], depth + 1, count)
    return made


def _part(text: str) -> tuple[str, dict[str, str]]:
    """One thing to expand: ``Name``, ``Name/Inner`` or ``Name(options)``."""
    text = text.strip()
    head, bracket, inner = text.partition("(")
    if "/" in head:
        first, _slash, rest = text.partition("/")
        return first.strip(), {"$expand": rest}
    if not bracket:
        return head.strip(), {}
    if not inner.endswith(")"):
        raise InvalidInput(_("$expand 的括号不成对"), field="$expand")
    options = {}
    for each in split(inner[:-1], ";"):
        name, equals, value = each.partition("=")
        if not equals:
            raise InvalidInput(_("$expand 的选项应写作 $名称=值"), field="$expand")
        options[name.strip()] = value
    return head.strip(), options


def split(text: str, mark: str) -> list[str]:
    """Will cut a text at a mark that stands outside of brackets and quotes.

    Raises: InvalidInput (brackets or quotes are not closed).
    """
    parts, depth, quoted, begin = [], 0, False, 0
    for place, sign in enumerate(text):
        if sign == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
        elif sign == mark and depth == 0:
            parts.append(text[begin:place])
            begin = place + 1
    if depth != 0 or quoted:
        raise InvalidInput(_("$expand 的括号不成对"), field="$expand")
    return [*parts, text[begin:]]


def _unknown(entity: Entity, name: str, option: str) -> InvalidInput:
    return InvalidInput(
        _("%(entity)s 没有属性“%(name)s”") % {"entity": entity.name, "name": name[:60]},
        field=option,
    )


def plain(query: Any) -> dict[str, str]:
    """Will give the options of an address, each told once. Raises: InvalidInput."""
    found = {}
    for name, values in query.lists():
        if name.startswith("$") and len(values) > 1:
            raise InvalidInput(
                _("参数“%(name)s”只能出现一次") % {"name": name[:60]}, field=name[:60]
            )
        found[name] = values[-1]
    return found
