"""The address library by hand: one entry added, corrected or closed at a time.

An entry is never deleted: who closed it and why stays, and no text is understood as it any
longer. Called by pages and by the list of texts nobody could place.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.phrases import series
from apps.places import permissions
from apps.places.enums import GazetteerKind
from apps.places.geometry import distance_m
from apps.places.models import Area, GazetteerEntry, GazetteerKey, GazetteerSlip
from apps.places.selectors.areas import locate
from apps.places.services.gazetteer import MAX_ALIASES, keys_of, slips_of
from apps.places.text import address_key

NAME_MAX = 60
SAME_PLACE_M = 50.0
#: What a kind may belong to; the others stand for themselves.
PARENTS: dict[str, tuple[str, ...]] = {
    GazetteerKind.NUMBER: (GazetteerKind.ROAD, GazetteerKind.ESTATE),
    GazetteerKind.BUILDING: (GazetteerKind.ESTATE, GazetteerKind.NUMBER, GazetteerKind.POI),
    GazetteerKind.UNIT: (GazetteerKind.BUILDING,),
    GazetteerKind.POLE: (GazetteerKind.ROAD,),
}


@dataclass(frozen=True)
class NewEntry:
    """A place name as a person enters it. point: SRID 4326.

    house_number: of a door plate, a building, a unit or a pole.
    """

    kind: str
    name: str
    point: Point
    aliases: tuple[str, ...] = ()
    parent_id: int | None = None
    house_number: int | None = None
    source: str = ""


@transaction.atomic
def add_entry(actor: Any, *, new: NewEntry) -> GazetteerEntry:
    """Will enter one place name.

    Locks the grid cell, so that the same name is not entered twice at once.
    Raises: NotAllowed (also outside the actor's areas); NotFound (parent); InvalidInput
    (fields "kind", "name", "aliases", "parent", "house_number", "point"); Refused (the same
    name stands there already).
    Source: GE-05.
    """
    permissions.require_manage_areas(actor)
    area = _area_at(new.point)
    permissions.require_keep_names_in(actor, area)
    _parent(new.kind, new.parent_id)
    _check_number(new)
    name, aliases = clean_name(new.name), clean_aliases(new.aliases)
    Area.objects.select_for_update(of=("self",)).only("pk").get(pk=area.pk)
    keys = keys_of(name, aliases)
    if find_same(new.kind, keys[0], new.parent_id, new.point) is not None:
        raise Refused(_("此处已有同名地名“%(name)s”") % {"name": name}, code="entry_exists")
    entry = GazetteerEntry.objects.create(
        kind=new.kind,
        name=name,
        aliases=list(aliases),
        search_text=" ".join(keys)[:600],
        house_number=new.house_number,
        parent_id=new.parent_id,
        area=area,
        geometry=new.point,
        point=new.point,
        source=new.source[:120],
    )
    _write_keys(entry, keys)
    _record(actor, "gazetteer.added", entry, {"kind": entry.kind, "source": entry.source})
    return entry


@transaction.atomic
def correct_entry(
    actor: Any,
    *,
    entry_id: int,
    name: str,
    aliases: tuple[str, ...],
    point: Point,
    house_number: int | None = None,
    source: str = "",
) -> GazetteerEntry:
    """Will correct an entry; a former name stays as an alias, so that old texts are understood.

    The outline of a road or an estate is kept; only its representative point moves.
    Locks the entry. Raises: NotAllowed; NotFound; Refused (closed); InvalidInput (fields
    "name", "aliases", "house_number", "point").
    """
    entry = lock_entry(actor, entry_id)
    area = _area_at(point)
    permissions.require_keep_names_in(actor, area)
    name = clean_name(name)
    if name != entry.name:
        aliases = (*aliases, entry.name)
    aliases = clean_aliases(tuple(a for a in aliases if address_key(a) != address_key(name)))
    before = {"name": entry.name, "aliases": entry.aliases, "point": list(entry.point.coords)}
    keys = keys_of(name, aliases)
    if entry.geometry.geom_type == "Point":
        entry.geometry = point
    if entry.area_id is not None:
        entry.area = area
    entry.name, entry.aliases, entry.point = name, list(aliases), point
    entry.search_text = " ".join(keys)[:600]
    entry.house_number = house_number
    entry.source = source[:120]
    entry.save(
        update_fields=[
            "name",
            "aliases",
            "search_text",
            "house_number",
            "geometry",
            "point",
            "area",
            "source",
        ]
    )
    _write_keys(entry, keys)
    _record(actor, "gazetteer.corrected", entry, {"before": before})
    return entry


@transaction.atomic
def close_entry(actor: Any, *, entry_id: int, note: str) -> GazetteerEntry:
    """Will close an entry: the place is no more, or was never there.

    Locks the entry. Raises: NotAllowed; NotFound; InvalidInput (field "note": empty, too
    long); Refused (closed already; something in force belongs to it).
    """
    entry = lock_entry(actor, entry_id)
    note = note.strip()
    if not note or len(note) > 200:
        raise InvalidInput(_("请填写停用原因，不超过 200 个字"), field="note")
    held = entry.parts.filter(closed_at=None).count()
    if held:
        raise Refused(
            _("还有 %(count)d 条下属地名在用，请先处理") % {"count": held}, code="entry_has_parts"
        )
    entry.closed_at, entry.closed_note = clock.now(), note
    entry.save(update_fields=["closed_at", "closed_note"])
    entry.keys.all().delete()
    entry.slips.all().delete()
    _record(actor, "gazetteer.closed", entry, {"note": note})
    return entry


def note_export(actor: Any, *, text: str, kind: str) -> None:
    """Will note that the names of a search are taken out as a file. Raises: NotAllowed."""
    permissions.require_manage_areas(actor)
    audit.record(actor, "gazetteer.exported", data={"text": text, "kind": kind})


def lock_entry(actor: Any, entry_id: int) -> GazetteerEntry:
    """Will lock an entry in force that the actor keeps.

    Raises: NotAllowed; NotFound; Refused (closed).
    """
    permissions.require_manage_areas(actor)
    found = GazetteerEntry.objects.select_for_update(of=("self",)).select_related("area")
    entry = found.filter(pk=entry_id).first()
    if entry is None:
        raise NotFound(_("地名不存在"))
    permissions.require_keep_names_in(actor, entry.area)
    if entry.closed_at is not None:
        raise Refused(_("该地名已停用"), code="entry_closed")
    return entry


def find_same(kind: str, key: str, parent_id: int | None, point: Point) -> GazetteerEntry | None:
    """Will give the entry in force of the same kind, name and parent within 50 m."""
    same = GazetteerEntry.objects.filter(
        keys__key=key, kind=kind, parent_id=parent_id, closed_at=None
    ).order_by("pk")
    return next((e for e in same if distance_m(e.point, point) <= SAME_PLACE_M), None)


def clean_name(name: str) -> str:
    """Raises: InvalidInput (field "name": too short, too long)."""
    name = name.replace("\0", "").strip()
    if len(address_key(name)) < 2 or len(name) > NAME_MAX:
        raise InvalidInput(_("名称应为 2 至 60 个字"), field="name")
    return name


def clean_aliases(aliases: tuple[str, ...]) -> tuple[str, ...]:
    """Will drop empty and repeated ones.

    Raises: InvalidInput (field "aliases": one too short or too long, too many).
    """
    kept: dict[str, str] = {}
    for alias in aliases:
        alias = alias.replace("\0", "").strip()
        if not alias:
            continue
        if len(address_key(alias)) < 2 or len(alias) > NAME_MAX:
            raise InvalidInput(
                _("别名“%(alias)s”应为 2 至 60 个字") % {"alias": alias[:20]}, field="aliases"
            )
        kept.setdefault(address_key(alias), alias)
    if len(kept) > MAX_ALIASES:
        raise InvalidInput(
            _("一个地名最多 %(count)d 个别名") % {"count": MAX_ALIASES}, field="aliases"
        )
    return tuple(kept.values())


def _area_at(point: Point) -> Area:
    area = locate(point)
    if area is None:
        raise InvalidInput(_("该位置不在本市范围内，请重新选点"), field="point")
    return area


def _parent(kind: str, parent_id: int | None) -> None:
    if kind not in GazetteerKind.values or kind == GazetteerKind.AREA:
        raise InvalidInput(_("没有这种地名类别"), field="kind")
    allowed = PARENTS.get(kind, ())
    if parent_id is None:
        if allowed:
            raise InvalidInput(
                _("请选择所属地名：%(kinds)s") % {"kinds": _kinds(allowed)}, field="parent"
            )
        return
    parent = GazetteerEntry.objects.filter(pk=parent_id, closed_at=None).first()
    if parent is None:
        raise InvalidInput(_("所属地名不存在或已停用"), field="parent")
    if parent.kind not in allowed:
        if not allowed:
            raise InvalidInput(_("这类地名没有上级"), field="parent")
        raise InvalidInput(
            _("所属地名应为：%(kinds)s") % {"kinds": _kinds(allowed)}, field="parent"
        )


def _kinds(kinds: tuple[str, ...]) -> str:
    return series(GazetteerKind(kind).label for kind in kinds)


def _check_number(new: NewEntry) -> None:
    if new.kind in PARENTS and new.house_number is None:
        raise InvalidInput(_("请填写号码"), field="house_number")
    if new.house_number is not None and not 0 <= new.house_number < 1_000_000:
        raise InvalidInput(_("号码应在 0 到 999999 之间"), field="house_number")


def _write_keys(entry: GazetteerEntry, keys: list[str]) -> None:
    entry.keys.exclude(key__in=keys).delete()
    GazetteerKey.objects.bulk_create(
        [GazetteerKey(entry=entry, key=key) for key in keys], ignore_conflicts=True
    )
    slips = slips_of(entry.pk, entry.kind, keys)
    entry.slips.exclude(key__in=[slip.key for slip in slips]).delete()
    GazetteerSlip.objects.bulk_create(slips, ignore_conflicts=True)


def _record(actor: Any, action: str, entry: GazetteerEntry, data: dict[str, Any]) -> None:
    audit.record(
        actor,
        action,
        object_type="gazetteer_entry",
        object_id=entry.pk,
        object_label=entry.name,
        data=data,
    )
