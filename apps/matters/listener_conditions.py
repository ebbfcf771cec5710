"""The condition builder: a tree as lines with levels, each line a small form (RU-03).

A line is a question ("紧急程度 属于 紧急") or a heading over the deeper lines that follow it.
Lines are added and dropped by buttons that post the whole page, so it works without script.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.errors import DomainError
from apps.matters.listening_vocabulary import LISTEN
from apps.rules import selectors as rule_selectors
from apps.rules import services as rules
from apps.rules.registry import Fact, FactType, get_vocabulary

MOST_LINES = 60
DEEPEST = 5  # level of the deepest line of a tree the engine takes
_NESTED = 3  # levels of headings the page offers
JOINTS = {"all": gettext_lazy("以下都成立"), "any": gettext_lazy("以下至少一项成立")}
HEADINGS = {**JOINTS, "not": gettext_lazy("以下一项都不成立")}
_OPERATORS = {
    "in": gettext_lazy("属于"),
    "not_in": gettext_lazy("不属于"),
    "between": gettext_lazy("在区间"),
    "has_any": gettext_lazy("含有其一"),
    "has_all": gettext_lazy("同时含有"),
    "within": gettext_lazy("在区域内"),
    "contains": gettext_lazy("提到其一"),
    "empty": gettext_lazy("为空"),
}
_LISTED = "in,not_in,has_any,has_all,within,contains"  # operators that take several values
_LIST_MAX = 4000  # characters of values written one after another
_MOST_CHOICES = 2000

Typed = dict[str, Any]


class LineForm(forms.Form):
    """One line. ``leaf`` gives the question as the engine stores it.

    asked: the fact of the question, None for a heading. Templates reach the fields by name.
    """

    level = forms.IntegerField(min_value=0, max_value=DEEPEST, widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=gettext_lazy("关系"), choices=[("fact", ""), *HEADINGS.items()])

    def __init__(self, *args: Any, typed: Typed, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.typed = typed
        self.asked: Fact | None = None
        if typed["kind"] == "fact":
            self.fields["kind"].widget = forms.HiddenInput()
            self._ask(_fact_named(typed["fact"]))
        else:
            self.fields["kind"].choices = list(HEADINGS.items())  # type: ignore[attr-defined]
        self.depth = min(max(int(typed["level"]), 0), DEEPEST)

    @property
    def may_nest(self) -> bool:
        return self.depth + 1 < _NESTED

    @property
    def value_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("values", "lo", "hi", "text") if name in self.fields]

    def _ask(self, fact: Fact) -> None:
        facts = [(f.code, f.label) for f in get_vocabulary(LISTEN).facts]
        self.asked = fact
        self.fields["was"] = forms.CharField(required=False, widget=forms.HiddenInput)
        self.fields["fact"] = forms.ChoiceField(label=_("看什么"), choices=facts)
        operators = [(op, _operator_label(fact, op)) for op in fact.allowed_operators]
        self.fields["op"] = forms.ChoiceField(label=_("怎样"), choices=operators)
        for name, (field, shown) in _value_fields(fact).items():
            field.required = False
            field.is_wanted = name not in ("lo", "hi")  # type: ignore[attr-defined]
            field.show_if = f"{self.add_prefix('op')}={shown}"  # type: ignore[attr-defined]
            self.fields[name] = field

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.asked is not None and not self.errors:
            try:
                rules.parse_condition(get_vocabulary(LISTEN), self.leaf())
            except DomainError as error:
                self.add_error(self._blamed(), _first_problem(error))
        return cleaned

    def _blamed(self) -> str:
        if self.cleaned_data["op"] == "between":
            return "lo"
        return "values" if "values" in self.fields else "text"

    def leaf(self) -> dict[str, Any]:
        """Will give {"fact", "op", ...}; call it once the fields are clean."""
        assert self.asked is not None
        data, op = self.cleaned_data, self.cleaned_data["op"]
        leaf: dict[str, Any] = {"fact": self.asked.code, "op": op}
        if op == "between":
            return leaf | {"lo": data.get("lo"), "hi": data.get("hi")}
        if op == "within":
            return leaf | {"areas": data.get("text")}
        if op == "contains":
            return leaf | {"words": _items(data.get("text") or "")}
        if op == "empty":
            return leaf
        if self.asked.type is FactType.BOOL:
            return leaf | {"values": [data.get("values") == "true"]}
        if self.asked.type is FactType.NUMBER:
            return leaf | {"values": [_number(item) for item in _items(data.get("text") or "")]}
        return leaf | {"values": data.get("values") or _items(data.get("text") or "")}


class AreaNames(forms.CharField):
    """Areas by name, full name or code; cleaned to what the engine stores."""

    def clean(self, value: Any) -> Any:
        areas = []
        for item in _items(super().clean(value)):
            try:
                path = rule_selectors.find_area_path(item)
            except ValueError as error:
                raise forms.ValidationError(str(error)) from None
            areas.append({"path": path, "label": item})
        return areas


class ConditionEditor:
    """All lines of one condition, and how they are joined at the top."""

    def __init__(self, joint: str, lines: list[LineForm]) -> None:
        self.joint = joint if joint in JOINTS else "all"
        self.lines = lines
        self.errors: list[str] = []

    @classmethod
    def of(cls, condition: Mapping[str, Any]) -> "ConditionEditor":
        """Will show a stored condition."""
        joint, typed = _opened(condition)
        return cls(joint, _unbound(typed))

    @classmethod
    def changed(cls, data: QueryDict, deed: str) -> "ConditionEditor":
        """Will show what was typed with a line more or less; nothing is judged yet."""
        return cls(data.get("joint", "all"), _unbound(_change(_typed(data), deed)))

    @classmethod
    def judged(cls, data: QueryDict) -> "ConditionEditor":
        """Will check what was typed; see ``is_valid``."""
        lines = [
            LineForm(data, prefix=f"c{number}", typed=typed)
            for number, typed in enumerate(_typed(data))
        ]
        return cls(data.get("joint", "all"), lines)

    @property
    def joints(self) -> list[tuple[str, Any]]:
        return list(JOINTS.items())

    def is_valid(self) -> bool:
        """Will tell whether every line and the whole can be read, and keep the errors."""
        wrong = [line for line in self.lines if not line.is_valid()]  # all of them are judged
        if wrong:
            self.errors = [_("条件中有填写不正确的地方，请看标出的行")]
            return False
        if any(not parts for parts in _groups(self.condition())):
            self.errors = [_("有一组下面还没有条件，请添加或删除这一组")]
            return False
        try:
            rules.parse_condition(get_vocabulary(LISTEN), self.condition())
        except DomainError as error:
            self.errors = [_first_problem(error)]
        return not self.errors

    def condition(self) -> dict[str, Any]:
        """Will give the tree; {} where there is no line."""
        parts: list[Any] = []
        open_groups: list[tuple[int, list[Any]]] = [(-1, parts)]
        for line in self.lines:
            level = line.cleaned_data["level"]
            while open_groups[-1][0] >= level:
                open_groups.pop()
            if line.asked is not None:
                open_groups[-1][1].append(line.leaf())
                continue
            inner: list[Any] = []
            kind = line.cleaned_data["kind"]
            group: dict[str, Any] = {"any" if kind == "not" else kind: inner}
            open_groups[-1][1].append({"not": group} if kind == "not" else group)
            open_groups.append((level, inner))
        return {self.joint: parts} if parts else {}


# --- Lines from what was posted, from what is stored ------------------------------------


def _typed(data: QueryDict) -> list[Typed]:
    count = data.get("lines", "")
    most = int(count) if count.isdecimal() and len(count) < 4 else 0
    return [_typed_line(data, f"c{n}-") for n in range(min(most, MOST_LINES))]


def _typed_line(data: QueryDict, prefix: str) -> Typed:
    kind, level = data.get(f"{prefix}kind", ""), data.get(f"{prefix}level", "")
    names = ("fact", "op", "text", "lo", "hi")
    line: Typed = {name: data.get(f"{prefix}{name}", "") for name in names}
    line["kind"] = kind if kind in HEADINGS else "fact"
    line["level"] = int(level) if level.isdecimal() and len(level) == 1 else 0
    values = data.getlist(f"{prefix}values")
    line["values"] = values
    if data.get(f"{prefix}was", line["fact"]) != line["fact"]:
        line |= dict.fromkeys(("op", "text", "lo", "hi"), "") | {"values": []}
    return line


def _change(lines: list[Typed], deed: str) -> list[Typed]:
    """deed: "add", "group" at the end or "add:3" within line 3; "drop:3" takes its part along."""
    what, _colon, at = deed.partition(":")
    place = int(at) if at.isdecimal() and len(at) < 4 else None
    if place is not None and place >= len(lines):
        return lines
    end = _end_of(lines, place) if place is not None else len(lines)
    if what == "drop" and place is not None:
        return lines[:place] + lines[end:]
    if what not in ("add", "group") or len(lines) >= MOST_LINES:
        return lines
    level = lines[place]["level"] + 1 if place is not None else 0
    kind = "fact" if what == "add" else "any"
    new: Typed = {"kind": kind, "level": min(level, DEEPEST), "fact": ""}
    return [*lines[:end], new, *lines[end:]]


def _end_of(lines: list[Typed], place: int) -> int:
    """Where the part under a line ends."""
    level = lines[place]["level"]
    rest = range(place + 1, len(lines))
    return next((n for n in rest if lines[n]["level"] <= level), len(lines))


def _unbound(lines: Iterable[Typed]) -> list[LineForm]:
    forms_made = []
    for number, typed in enumerate(lines):
        initial = dict(typed)
        fact = _fact_named(typed["fact"]) if typed["kind"] == "fact" else None
        if fact is not None:
            initial["fact"] = initial["was"] = fact.code
            if fact.type is FactType.BOOL:
                initial["values"] = next(iter(typed.get("values") or []), "true")
        forms_made.append(LineForm(prefix=f"c{number}", typed=typed, initial=initial))
    return forms_made


def _opened(condition: Mapping[str, Any]) -> tuple[str, list[Typed]]:
    joint = next((kind for kind in JOINTS if kind in condition), "")
    if joint:
        return joint, [line for part in condition[joint] for line in _lines_of(part, 0)]
    return "all", list(_lines_of(condition, 0)) if condition else []


def _lines_of(part: Mapping[str, Any], level: int) -> Iterable[Typed]:
    if "fact" in part:
        yield {"kind": "fact", "level": level, **_typed_leaf(part)}
        return
    kind, content = next(iter(part.items()))
    if kind == "not":
        content = content.get("any", [content])
    yield {"kind": kind, "level": level, "fact": ""}
    for inner in content:
        yield from _lines_of(inner, level + 1)


def _typed_leaf(leaf: Mapping[str, Any]) -> Typed:
    values = leaf.get("values", [])
    words = [area.get("label") or area["path"] for area in leaf.get("areas", [])]
    words += [str(word) for word in [*leaf.get("words", []), *values]]
    return {
        "fact": leaf["fact"],
        "op": leaf["op"],
        "values": [str(v).lower() if isinstance(v, bool) else v for v in values],
        "text": "；".join(words),
        "lo": leaf.get("lo"),
        "hi": leaf.get("hi"),
    }


def _groups(tree: Mapping[str, Any]) -> Iterable[list[Any]]:
    """The contents of every group below the top."""
    for kind, content in tree.items():
        inner = [content] if kind == "not" else content if kind in JOINTS else []
        for part in inner:
            for joint in JOINTS:
                if joint in part:
                    yield part[joint]
            yield from _groups(part)


# --- One line's fields ------------------------------------------------------------------


def _fact_named(code: str) -> Fact:
    vocabulary = get_vocabulary(LISTEN)
    return vocabulary.fact_by_code.get(code) or vocabulary.facts[0]


def _operator_label(fact: Fact, op: str) -> Any:
    return _("为") if fact.type is FactType.BOOL and op == "in" else _OPERATORS[op]


def _value_fields(fact: Fact) -> dict[str, tuple[forms.Field, str]]:
    """The fields of a value and the operators each belongs to."""
    if fact.type is FactType.NUMBER:
        return {
            "lo": (forms.FloatField(label=_("不小于")), "between"),
            "hi": (forms.FloatField(label=_("不大于")), "between"),
            "text": (_several(), "in,not_in"),
        }
    if fact.type is FactType.BOOL:
        choices = [("true", _("是")), ("false", _("否"))]
        return {"values": (forms.ChoiceField(label=_("取值"), choices=choices), "in")}
    if fact.type is FactType.AREA:
        help_text = _("写区域名称或代码，多个用分号隔开")
        names = AreaNames(label=_("区域"), max_length=_LIST_MAX, help_text=help_text)
        return {"text": (names, "within")}
    if fact.choices is not None and fact.type is not FactType.TEXT:
        choices = list(fact.choices())[:_MOST_CHOICES]
        boxes = forms.CheckboxSelectMultiple
        values = forms.MultipleChoiceField(label=_("取值"), choices=choices, widget=boxes)
        return {"values": (values, _LISTED)}
    return {"text": (_several(), _LISTED)}


def _several() -> forms.Field:
    help_text = _("多个用分号隔开")
    return forms.CharField(label=_("取值"), max_length=_LIST_MAX, help_text=help_text)


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.replace(";", "；").split("；") if item.strip()]


def _number(text: str) -> Any:
    """What is no number goes on as it is, so that the engine says what is wrong."""
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number


def _first_problem(error: DomainError) -> str:
    problems = error.data.get("problems") or []
    return str(problems[0]["message"]) if problems else str(error)
