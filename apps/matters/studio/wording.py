"""A definition, and the difference between two, in words."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from apps.common.forms_data.rows import TYPE_NAMES
from apps.common.phrases import labelled, points, series
from apps.matters.definition.parts import BASIC, OBJECT_KINDS, OUTPUT_KINDS, SOURCES
from apps.matters.definition.schema import POLICY_DEFAULTS
from apps.matters.enums import Channel
from apps.matters.studio import words
from apps.matters.studio.rows import ORDERED, rows_of

Body = dict[str, Any]
Pairs = list[tuple[str, str]]


STACKED_FROM = 6  # columns; more than these stand below one another


@dataclass(frozen=True)
class Sheet:
    """A part as a table: headings, and per row its cells."""

    section: str
    label: str
    columns: list[str]
    rows: list[list[str]]
    is_ordered: bool = True
    help: str = ""
    empty: str = ""

    @property
    def is_stacked(self) -> bool:
        """Whether a row says more than fits beside one another."""
        return len(self.columns) > STACKED_FROM

    @property
    def lines(self) -> list[list[tuple[str, str]]]:
        """Per row its cells, each with its heading."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Change:
    """What became of one thing between two versions. kind: added, removed, changed, moved."""

    kind: str
    part: str
    name: str
    before: str
    after: str


@dataclass
class Names:
    """What the codes of a body are called. rights: permissions; tables: rule tables.

    other_fields: labels of the form fields of the matters in force, by matter and name.
    """

    body: Body
    rights: dict[str, str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    matters: dict[str, str] = field(default_factory=dict)
    other_fields: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.states = words.state_labels(self.body)
        self.actions = words.action_labels(self.body)
        self.actors = words.actor_labels(self.body, self.rights)
        self.fields = {f["name"]: f.get("label") or f["name"] for f in _fields(self.body)}

    def fields_of(self, matter: str) -> dict[str, str]:
        """Will give the form fields of another matter; of all of them where none is named."""
        if matter:
            return self.other_fields.get(matter, {})
        merged: dict[str, str] = {}
        for fields in self.other_fields.values():
            merged = fields | merged
        return merged

    def of(self, known: dict[str, str], codes: list[str]) -> str:
        """Will list codes by name."""
        return series(known.get(code, code) for code in codes)


def _fields(body: Body) -> list[dict[str, Any]]:
    return [row for row in rows_of(body, "form") if row.get("name")]


def sheets(body: Body, kind: str, names: Names) -> list[Sheet]:
    """Will give every part that is made of rows, in the order of the pages."""
    wanted = ["materials_in", "materials_out", "form", "states", "actors", "actions"]
    wanted += ["splits", "calls", "clocks", "tables", "subscriptions"]
    wanted += {"supervision": ["legal_items"], "office": ["inputs"]}.get(kind, [])
    return [sheet(body, section, names) for section in wanted]


def sheet(body: Body, section: str, names: Names) -> Sheet:
    """Will give one part as a table."""
    label, help_text, empty, columns, cells = _sheets()[section]
    return Sheet(
        section,
        label,
        columns,
        [cells(row, names) for row in rows_of(body, section)],
        is_ordered=section in ORDERED,
        help=help_text,
        empty=empty,
    )


def basics(body: Body) -> Pairs:
    """Will give title and basic information as pairs, what is missing as a dash."""
    basic = body.get("basic", {})
    pairs = [(_("对外名称"), str(body.get("title", "")))]
    return pairs + [(str(label), basic.get(key, "")) for key, label in BASIC.items()]


def kind_pairs(body: Body, kind: str) -> Pairs:
    """Will give the parts of the kind that are single values."""
    parts = body.get("kind_parts", {})
    if kind == "supervision":
        return [(_("监管对象"), str(OBJECT_KINDS.get(parts.get("object_kind", ""), "")))]
    if kind == "operation":
        channels = dict(Channel.choices)
        sources = series(str(channels.get(c, c)) for c in parts.get("sources", []))
        spot = parts.get("on_the_spot_check")
        return [
            (_("问题来源"), sources),
            (_("现场核查"), "" if spot is None else _yes(spot)),
        ]
    if kind == "office":
        return [(_("返回结果"), parts.get("result", ""))]
    return []


def policy_pairs(body: Body) -> Pairs:
    """Will give every policy with its number; a default is marked."""
    own = body.get("policies", {})
    pairs = []
    for code, default in POLICY_DEFAULTS.items():
        label = str(words.POLICIES.get(code, code))
        value = str(own[code]) if code in own else _("%s（默认）") % default
        pairs.append((label, value))
    return pairs


def difference(
    before: Body, after: Body, kind: str, names: Callable[[Body], Names]
) -> list[Change]:
    """Will say in words what changed from one body to another, part by part."""
    changes = []
    for part, pairs in (
        (_("基本信息"), basics),
        (_("类型要素"), lambda b: kind_pairs(b, kind)),
        (_("办理规则"), policy_pairs),
    ):
        old, new = dict(pairs(before)), dict(pairs(after))
        changes += [
            Change(_kind_of(old[k], new[k]), part, k, old[k], new[k])
            for k in new
            if old[k] != new[k]
        ]
    for old_sheet, new_sheet in zip(
        sheets(before, kind, names(before)), sheets(after, kind, names(after)), strict=True
    ):
        changes += _rows_changed(
            old_sheet, new_sheet, _keys(before, old_sheet), _keys(after, new_sheet)
        )
    return changes


def _keys(body: Body, shown: Sheet) -> list[str]:
    keys = ("code", "name", "purpose", "matter")
    return [
        next((str(row[k]) for k in keys if row.get(k)), str(number))
        for number, row in enumerate(rows_of(body, shown.section))
    ]


def _rows_changed(
    before: Sheet, after: Sheet, old_keys: list[str], new_keys: list[str]
) -> list[Change]:
    old = dict(zip(old_keys, before.rows, strict=True))
    new = dict(zip(new_keys, after.rows, strict=True))
    changes = [
        Change("removed", before.label, old[k][0], _line(before, old[k]), "")
        for k in old
        if k not in new
    ]
    kept_before = [k for k in old if k in new]
    kept_after = [k for k in new if k in old]
    for place, key in enumerate(kept_after):
        if old[key] != new[key]:
            changes.append(
                Change(
                    "changed",
                    after.label,
                    new[key][0],
                    _parts(before, old[key], new[key]),
                    _parts(after, new[key], old[key]),
                )
            )
        elif after.is_ordered and kept_before[place] != key:
            changes.append(Change("moved", after.label, new[key][0], "", ""))
    return changes + [
        Change("added", after.label, new[k][0], "", _line(after, new[k]))
        for k in new
        if k not in old
    ]


def _line(shown: Sheet, cells: list[str]) -> str:
    told = zip(shown.columns[1:], cells[1:], strict=True)
    return points(labelled(column, cell) for column, cell in told if cell)


def _parts(shown: Sheet, cells: list[str], others: list[str]) -> str:
    return points(
        labelled(column, cell or "—")
        for column, cell, other in zip(shown.columns, cells, others, strict=True)
        if cell != other
    )


def _kind_of(before: str, after: str) -> str:
    if not before:
        return "added"
    return "changed" if after else "removed"


def _yes(value: Any) -> str:
    return _("是") if value else _("否")


Cells = Callable[[dict[str, Any], Names], list[str]]


def _sheets() -> dict[str, tuple[str, str, str, list[str], Cells]]:
    """Per part: its name, what it is for, what to say when empty, headings, cells of a row."""
    return {
        "states": (
            _("状态"),
            _("第一行是案件的起点。类别决定颜色、时限和统计，名称随您起。"),
            _("还没有状态。"),
            [_("名称"), _("类别"), _("对外名称"), _("关键状态")],
            lambda r, n: [
                r.get("label", ""),
                _category_cell(r),
                r.get("public_label", ""),
                _("是") if r.get("is_key") else "",
            ],
        ),
        "actors": (
            _("执行人"),
            _("谁能做动作：按权限和范围指定，不按姓名。"),
            _("还没有执行人。"),
            [_("名称"), _("范围"), _("所需权限")],
            lambda r, n: [
                words.actor_label(r.get("name", ""), r, n.rights),
                str(words.REACHES.get(r.get("reach", ""), r.get("reach", ""))),
                n.rights.get(r.get("permission", ""), r.get("permission", "")),
            ],
        ),
        "actions": (
            _("动作"),
            _("从标准动作库中选用，说明从哪些状态可做、做完到哪里、谁来做。"),
            _("还没有动作。"),
            [_("动作"), _("起始状态"), _("做完到"), _("执行人"), _("可信等级")],
            lambda r, n: [
                words.action_label(r.get("code", ""), r.get("label", "")),
                n.of(n.states, r.get("from", [])),
                _goes_to(r, n),
                n.of(n.actors, r.get("who", [])),
                words.trust_words(r.get("trust", {})),
            ],
        ),
        "splits": (
            _("分解"),
            _("按规则表把案件分成几件子事项，分头办理，办好后汇合。"),
            _("不分解：一件案件由一家单位办。"),
            [
                _("名称"),
                _("规则表"),
                _("何时分解"),
                _("怎样汇合"),
                _("汇合后到"),
                _("无法汇合时到"),
                _("主事项能否先结束"),
                _("内容往来"),
            ],
            _split_cells,
        ),
        "calls": (
            _("事项调用"),
            _("把另一个事项当作本事项的一步，例如用章审批；办完结果带回来。"),
            _("不调用其他事项。"),
            [
                _("名称"),
                _("调用的事项"),
                _("何时调用"),
                _("办成后到"),
                _("没办成时到"),
                _("主事项能否先结束"),
                _("内容往来"),
            ],
            _call_cells,
        ),
        "clocks": (
            _("时限"),
            _("由动作开始和停止，按工作日历计时；主时限是显示在案件上的那一个。"),
            _("没有时限：案件不会提醒，也不会超期。"),
            [_("名称"), _("时长"), _("开始于"), _("停止于"), _("暂停"), _("提醒")],
            _clock_cells,
        ),
        "materials_in": (
            _("输入材料"),
            _("办理前须有的材料，以及从哪里来。能共享的不让群众交。"),
            _("不需要材料。"),
            [_("名称"), _("来源"), _("必需"), _("表单字段"), _("何时需要"), _("说明")],
            lambda r, n: [
                r.get("label", ""),
                " ".join(
                    filter(None, [str(SOURCES.get(r.get("source", ""), "")), r.get("shared_code")])
                ),
                _yes(r.get("required")),
                r.get("form_field", ""),
                _condition(r.get("show_if")),
                r.get("note", ""),
            ],
        ),
        "materials_out": (
            _("输出材料"),
            _("办结后给出的文书、证照或数据。"),
            _("没有输出材料。"),
            [_("名称"), _("种类"), _("加盖电子印章"), _("说明")],
            lambda r, n: [
                r.get("label", ""),
                str(OUTPUT_KINDS.get(r.get("kind", ""), "")),
                r.get("seal", ""),
                r.get("note", ""),
            ],
        ),
        "form": (
            _("表单"),
            _("本事项特有的字段，网页、电话、接口用同一份定义。"),
            _("没有特有字段。"),
            [_("名称"), _("类型"), _("必填"), _("范围或选项"), _("何时显示"), _("遮蔽")],
            _field_cells,
        ),
        "tables": (
            _("规则表"),
            _("由哪张规则表作决定。"),
            _("没有使用规则表，由人逐件决定。"),
            [_("用途"), _("规则表")],
            lambda r, n: [
                str(words.PURPOSES.get(r["purpose"], r["purpose"])),
                n.tables.get(r["table"], r["table"]),
            ],
        ),
        "subscriptions": (
            _("订阅"),
            _("想知道其他事项到了哪些关键状态。"),
            _("没有订阅。"),
            [_("事项"), _("状态"), _("说明")],
            lambda r, n: [
                n.matters.get(r.get("matter", ""), r.get("matter", "")),
                series(r.get("states", [])),
                r.get("note", ""),
            ],
        ),
        "legal_items": (
            _("执法依据条目"),
            _("检查哪些内容，各依据哪一条。"),
            _("还没有条目。"),
            [_("检查内容"), _("依据")],
            lambda r, n: [r.get("label", ""), r.get("basis", "")],
        ),
        "inputs": (
            _("调用时的输入"),
            _("其他事项把本事项作为一个步骤时要给的内容。"),
            _("还没有输入。"),
            [_("名称")],
            lambda r, n: [r.get("label", "")],
        ),
    }


def _goes_to(row: dict[str, Any], names: Names) -> str:
    outcomes = row.get("outcomes", {})
    if outcomes:
        known = words.outcomes_of(row.get("code", ""))
        return points(f"{known.get(k, k)}→{names.states.get(s, s)}" for k, s in outcomes.items())
    target = row.get("to", "")
    return names.states.get(target, target) if target else _("状态不变")


def _category_cell(row: dict[str, Any]) -> str:
    label = words.category_label(row.get("category", ""))
    return _("%s（算没办成）") % label if row.get("is_undone") else label


def _split_cells(row: dict[str, Any], names: Names) -> list[str]:
    return [
        row.get("label", ""),
        names.tables.get(row.get("table", ""), row.get("table", "")),
        words.moment_words(row, names.states, names.actions),
        words.join_words(row.get("join", {})),
        *_ways_and_fields(row, names),
    ]


def _call_cells(row: dict[str, Any], names: Names) -> list[str]:
    matter = names.matters.get(row.get("matter", ""), row.get("matter", ""))
    title = row.get("title", "")
    return [
        row.get("label", ""),
        _("%(matter)s，标题“%(title)s”") % {"matter": matter, "title": title} if title else matter,
        names.of(names.states, row.get("from", [])),
        *_ways_and_fields(row, names),
    ]


def _ways_and_fields(row: dict[str, Any], names: Names) -> list[str]:
    join = row.get("join", {})
    ways = [join.get(key, "") for key in ("to", "returned_to")]
    close = str(words.CLOSES.get(row.get("close", "refuse"), row.get("close", "")))
    later = _("子事项可晚于主事项到期") if row.get("later_than_parent") else ""
    own, theirs = names.fields, names.fields_of(row.get("matter", ""))
    told = [
        *(words.map_words(r, theirs, own) for r in row.get("mapping", [])),
        *(_("带回：%s") % words.map_words(r, own, theirs) for r in row.get("back", [])),
    ]
    return [
        *(names.states.get(way, way) if way else _("状态不变") for way in ways),
        points(filter(None, [close, later])),
        points(told),
    ]


def _clock_cells(row: dict[str, Any], names: Names) -> list[str]:
    label = row.get("label", "")
    return [
        _("%s（主时限）") % label if row.get("main") else label,
        words.limit_words(row.get("limit")),
        names.of(names.actions, row.get("starts", [])),
        names.of(names.actions, row.get("stops", [])),
        series(words.category_label(c) for c in row.get("pauses", [])),
        series(_mark(t) for t in row.get("thresholds", [])),
    ]


def _mark(mark: dict[str, Any]) -> str:
    level = _("黄牌") if mark.get("level") == "yellow" else _("红牌")
    if mark.get("before"):
        return _("到期前%(limit)s%(level)s") % {
            "limit": words.limit_words(mark["before"]),
            "level": level,
        }
    if mark.get("after"):
        return _("到期后%(limit)s%(level)s") % {
            "limit": words.limit_words(mark["after"]),
            "level": level,
        }
    if mark.get("fraction") is not None:
        return _("用去%(share)s%%%(level)s") % {
            "share": round(mark["fraction"] * 100),
            "level": level,
        }
    return _("到期%s") % level


def _field_cells(row: dict[str, Any], names: Names) -> list[str]:
    choices = row.get("choices") or []
    given = series(str(c[1]) for c in choices if isinstance(c, list) and len(c) == 2)
    if row.get("dictionary"):
        given = _("字典 %s") % row["dictionary"]
    if not given and (row.get("min") is not None or row.get("max") is not None):
        given = f"{row.get('min', '')}–{row.get('max', '')}"
    return [
        str(row.get("label", "")),
        str(TYPE_NAMES.get(row.get("type", ""), row.get("type", ""))),
        _yes(row.get("required")),
        given,
        _condition(row.get("show_if")),
        _("是") if row.get("masked") else "",
    ]


def _condition(condition: Any) -> str:
    if not isinstance(condition, dict) or not condition.get("field"):
        return ""
    values = series(str(v) for v in condition.get("in", []))
    return f"{condition['field']} = {values}"
