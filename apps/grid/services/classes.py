"""The code table of components and events: written by hand, from a file, or as shipped."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.imports import ImportColumn, Parsed, Report, day, text, whole_number, write_rows
from apps.common.phrases import labelled
from apps.grid import permissions
from apps.grid.enums import EventKind, Season
from apps.grid.models import GridClass, GridClassLimit
from apps.matters.enums import Priority
from apps.matters.limits import parse_limit, write_limit

CONDITION_MAX = 500
KIND_WORDS = {"部件": EventKind.COMPONENT, "事件": EventKind.EVENT}
LEVEL_WORDS = {"特急": Priority.URGENT, "紧急": Priority.HIGH, "一般": Priority.NORMAL}
COLUMNS: Sequence[ImportColumn] = (
    ImportColumn("code", "代码", text(10), required=True),
    ImportColumn("name", "名称", text(60), required=True),
    ImportColumn("level", "紧急程度", text(4)),
    ImportColumn("limit", "处置时限", text(20)),
    ImportColumn("flood_limit", "汛期时限", text(20)),
    ImportColumn("heating_limit", "采暖季时限", text(20)),
    ImportColumn("filing_condition", "立案条件", text(CONDITION_MAX)),
    ImportColumn("closing_condition", "结案条件", text(CONDITION_MAX)),
    ImportColumn("photo_distance_m", "照片间距（米）", whole_number),
    ImportColumn("source", "依据", text(120)),
    ImportColumn("valid_from", "启用日期", day),
)
_STATED = (
    *("name", "level", "filing_condition", "closing_condition", "photo_distance_m"),
    *("source", "valid_from", "valid_to"),
)


@dataclass(frozen=True)
class LimitData:
    """A limit in words ("5个工作日"). stage: 0 the whole handling, else with a label."""

    words: str
    season: str = Season.ANY
    tenant: Tenant | None = None
    stage: int = 0
    label: str = ""


@dataclass(frozen=True)
class NewClass:
    """A class as it counts from a day on. code: "c01" large, "c01.03" small; "e.." for events."""

    code: str
    name: str
    level: str = Priority.NORMAL
    filing_condition: str = ""
    closing_condition: str = ""
    photo_distance_m: int = 50
    source: str = ""
    position: int = 0
    valid_from: date | None = None
    limits: Sequence[LimitData] = field(default_factory=tuple)


@transaction.atomic
def save_class(actor: Actor, *, new: NewClass) -> GridClass:
    """Will add a class, or put a new wording of it in force from a day on.

    The row in force ends the day the new one begins; one that begins the same day is changed in
    place. Cases keep the row they were filed by. Locks the rows of the code.

    Raises: NotAllowed; InvalidInput (code, name, level, limit, valid_from, conditions).
    """
    permissions.require(actor, permissions.KEEP)
    _check(new)
    begins = new.valid_from or clock.today()
    large = new.code.partition(".")[0] if "." in new.code else ""
    if large and not _covers(large, begins):
        raise InvalidInput(_("请先建立大类%s") % large, field="code")
    known = list(GridClass.objects.select_for_update().filter(code=new.code).order_by("valid_from"))
    row = next((one for one in known if one.valid_from == begins), None)
    before = audit.snapshot(row, *_STATED) if row is not None else {}
    _make_room(known, begins)
    row = row or GridClass(code=new.code, valid_from=begins)
    _filled(row, new)
    row.save()
    _write_limits(row, new.limits)
    _record(actor, "grid_class.saved", row, before=before)
    return row


@transaction.atomic
def retire_class(actor: Actor, *, class_id: int, valid_to: date) -> GridClass:
    """Will let ``valid_to`` be the first day a class can no longer be chosen. Locks it.

    Raises: NotAllowed; NotFound; Refused (ended before); InvalidInput (valid_to).
    """
    permissions.require(actor, permissions.KEEP)
    row = GridClass.objects.select_for_update().filter(pk=class_id).first()
    if row is None:
        raise NotFound(_("没有这个分类"))
    if row.valid_to is not None and row.valid_to <= clock.today():
        raise Refused(_("这个分类已经停用"))
    if valid_to < row.valid_from:
        raise InvalidInput(_("停用日期早于启用日期"), field="valid_to")
    before = audit.snapshot(row, *_STATED)
    row.valid_to = valid_to
    row.save(update_fields=["valid_to"])
    _record(actor, "grid_class.retired", row, before=before)
    return row


def import_classes(actor: Actor, *, parsed: Parsed, partial: bool = False) -> Report:
    """Will save the rows of a file (``COLUMNS``); all or nothing unless ``partial``.

    A large class must stand before its small ones. Raises: NotAllowed.
    """
    permissions.require(actor, permissions.KEEP)

    def write(values: dict[str, Any]) -> None:
        save_class(actor, new=_of_row(values))

    return write_rows(parsed, write=write, partial=partial)


@transaction.atomic
def ensure_classes(actor: Actor, *, shipped: Mapping[str, Any]) -> int:
    """Will enter the shipped starter table where there is none at all; gives the number.

    shipped: {"source", "valid_from", "classes": [{"code", "name", "level"?, "limit"?,
    "flood"?, "heating"?, "file"?, "close"?, "metres"?, "stages"?: [[label, limit]]}]}
    (fixtures/grid/classes.json).
    """
    if GridClass.objects.exists():
        return 0
    begins = date.fromisoformat(shipped["valid_from"])
    rows, limits = [], []
    for position, given in enumerate(shipped["classes"], 1):
        new = _of_shipped(given, source=shipped["source"], position=position)
        _check(new)
        row = _filled(GridClass(code=new.code, valid_from=begins), new)
        rows.append(row)
        limits += [_limit(row, one) for one in new.limits]
    GridClass.objects.bulk_create(rows)
    GridClassLimit.objects.bulk_create(limits)
    audit.record(
        actor,
        "grid_classes.shipped",
        data={"before": {"classes": 0}, "after": {"classes": len(rows)}},
    )
    return len(rows)


def _of_shipped(given: Mapping[str, Any], *, source: str, position: int) -> NewClass:
    limits = [LimitData(given["limit"])] if given.get("limit") else []
    limits += [
        LimitData(given[key], season=season)
        for key, season in (("flood", Season.FLOOD), ("heating", Season.HEATING))
        if given.get(key)
    ]
    limits += [
        LimitData(words, stage=number, label=label)
        for number, (label, words) in enumerate(given.get("stages", []), 1)
    ]
    return NewClass(
        code=given["code"],
        name=given["name"],
        level=given.get("level", Priority.NORMAL),
        filing_condition=given.get("file", ""),
        closing_condition=given.get("close", ""),
        photo_distance_m=given.get("metres", 50),
        source=source,
        position=position,
        limits=limits,
    )


def _of_row(values: Mapping[str, Any]) -> NewClass:
    level = values.get("level") or "一般"
    if level not in LEVEL_WORDS:
        raise InvalidInput(_("紧急程度应为特急、紧急或一般"), field="紧急程度")
    limits = [
        LimitData(values[name], season=season)
        for name, season in (
            ("limit", Season.ANY),
            ("flood_limit", Season.FLOOD),
            ("heating_limit", Season.HEATING),
        )
        if values.get(name)
    ]
    distance = values.get("photo_distance_m")
    return NewClass(
        code=values["code"],
        name=values["name"],
        level=LEVEL_WORDS[level],
        filing_condition=values.get("filing_condition") or "",
        closing_condition=values.get("closing_condition") or "",
        photo_distance_m=50 if distance is None else distance,
        source=values.get("source") or "",
        valid_from=values.get("valid_from"),
        limits=limits,
    )


def _check(new: NewClass) -> None:
    parts = new.code.split(".")
    well_formed = (
        len(parts) in {1, 2}
        and len(parts[0]) == 3
        and parts[0][0] in {"c", "e"}
        and parts[0][1:].isdecimal()
        and (len(parts) == 1 or (len(parts[1]) == 2 and parts[1].isdecimal()))
        and new.code.isascii()
    )
    if not well_formed:
        raise InvalidInput(
            _("代码应写成 c01（大类）或 c01.03（小类），事件以 e 开头"), field="code"
        )
    if not 1 <= len(new.name.strip()) <= 60:
        raise InvalidInput(_("名称应为1至60个字"), field="name")
    if new.level not in Priority.values:
        raise InvalidInput(_("请选择紧急程度"), field="level")
    if not 5 <= new.photo_distance_m <= 1000:
        raise InvalidInput(_("照片间距应为5至1000米"), field="photo_distance_m")
    for words in (new.filing_condition, new.closing_condition):
        if len(words.strip()) > CONDITION_MAX:
            raise InvalidInput(_("条件不能超过%s个字") % CONDITION_MAX, field="filing_condition")
    if len(parts) == 1 and new.limits:
        raise InvalidInput(_("时限写在小类上"), field="limit")


def _covers(code: str, on: date) -> bool:
    return any(
        one.valid_from <= on and (one.valid_to is None or one.valid_to > on)
        for one in GridClass.objects.filter(code=code)
    )


def _make_room(known: Iterable[GridClass], begins: date) -> None:
    for one in known:
        if one.valid_from > begins:
            raise InvalidInput(_("该分类已有更晚启用的内容，请核对启用日期"), field="valid_from")
        ends_later = one.valid_to is None or one.valid_to > begins
        if one.valid_from < begins and ends_later:
            one.valid_to = begins
            one.save(update_fields=["valid_to"])


def _filled(row: GridClass, new: NewClass) -> GridClass:
    """Writes into a row what a class says; not saved."""
    row.kind = EventKind.COMPONENT if new.code[0] == "c" else EventKind.EVENT
    row.large_code = new.code.partition(".")[0] if "." in new.code else ""
    row.name, row.level = new.name.strip(), new.level
    row.filing_condition = new.filing_condition.strip()
    row.closing_condition = new.closing_condition.strip()
    row.photo_distance_m, row.source = new.photo_distance_m, new.source.strip()
    row.position = new.position or row.position
    return row


def _limit(row: GridClass, given: LimitData) -> GridClassLimit:
    """A limit from its words. Raises: InvalidInput (field "limit")."""
    try:
        limit = parse_limit(given.words)
    except ValueError as error:
        raise InvalidInput(str(error), field="limit") from error
    if given.stage and not given.label.strip():
        raise InvalidInput(_("请填写阶段名称"), field="limit")
    return GridClassLimit(
        grid_class=row,
        tenant=given.tenant,
        season=given.season,
        stage=given.stage,
        label=given.label.strip()[:40],
        amount=limit["amount"],
        unit=limit["unit"],
    )


def _write_limits(row: GridClass, limits: Sequence[LimitData]) -> None:
    row.limits.all().delete()
    GridClassLimit.objects.bulk_create([_limit(row, given) for given in limits])


def limits_text(row: GridClass) -> list[str]:
    """Will write the limits of a class as people read them, for the log and the list."""
    return [_limit_text(one) for one in row.limits.all()]


def _limit_text(limit: GridClassLimit) -> str:
    words = write_limit({"amount": limit.amount, "unit": limit.unit})
    if limit.label:
        return labelled(limit.label, words)
    if limit.season != Season.ANY:
        return labelled(limit.get_season_display(), words)
    return words


def _record(actor: Actor, action: str, row: GridClass, *, before: dict[str, Any]) -> None:
    audit.record(
        actor,
        action,
        object_type="grid_class",
        object_id=row.pk,
        object_label=f"{row.code} {row.name}",
        data={
            "limits": limits_text(row),
            **audit.changes(before, audit.snapshot(row, *_STATED)),
        },
    )
