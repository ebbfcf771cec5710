"""Names of places in bulk, and what else people call them. Single entries: ``library``."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.gis.geos import GEOSGeometry, Point
from django.db import connection, transaction
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.places import permissions
from apps.places.models import GazetteerEntry, GazetteerKey, GazetteerSlip
from apps.places.slips import SPELT, slip_keys
from apps.places.text import address_key

MAX_ALIASES = 20


@dataclass(frozen=True)
class EntrySpec:
    """One place name. ref and parent_ref tie entries of one call together.

    geometry: None means the point itself. All shapes SRID 4326.
    """

    kind: str
    name: str
    point: Point
    geometry: GEOSGeometry | None = None
    aliases: tuple[str, ...] = field(default=())
    area_id: int | None = None
    ref: str = ""
    parent_ref: str = ""
    house_number: int | None = None
    source: str = ""


@transaction.atomic
def register_entries(actor: Any, *, entries: Iterable[EntrySpec]) -> int:
    """Will add names to the gazetteer in bulk and give their number.

    Raises: NotAllowed; InvalidInput (field "parent": an unknown parent_ref).
    """
    permissions.require_manage_areas(actor)
    specs = list(entries)
    with connection.cursor() as cursor:
        cursor.execute(
            "select nextval(pg_get_serial_sequence('places_gazetteerentry', 'id')) "
            "from generate_series(1, %s)",
            [len(specs)],
        )
        ids = [row[0] for row in cursor.fetchall()]
    by_ref = {spec.ref: pk for spec, pk in zip(specs, ids, strict=True) if spec.ref}
    rows, names, slips = [], [], []
    for spec, pk in zip(specs, ids, strict=True):
        if spec.parent_ref and spec.parent_ref not in by_ref:
            raise InvalidInput(_("上级地名不在本批数据中"), field="parent")
        keys = keys_of(spec.name, spec.aliases)
        names += [GazetteerKey(entry_id=pk, key=key) for key in keys]
        slips += slips_of(pk, spec.kind, keys)
        rows.append(
            GazetteerEntry(
                pk=pk,
                kind=spec.kind,
                name=spec.name,
                aliases=list(spec.aliases),
                search_text=" ".join(keys)[:600],
                house_number=spec.house_number,
                parent_id=by_ref.get(spec.parent_ref),
                area_id=spec.area_id,
                geometry=spec.geometry or spec.point,
                point=spec.point,
                source=spec.source,
            )
        )
    # The parent key is checked at the end of the transaction, so any order will do.
    GazetteerEntry.objects.bulk_create(rows, batch_size=2000)
    GazetteerKey.objects.bulk_create(names, batch_size=5000)
    GazetteerSlip.objects.bulk_create(slips, batch_size=5000)
    audit.record(actor, "gazetteer.registered", data={"count": len(rows)})
    return len(rows)


@transaction.atomic
def add_alias(actor: Any, *, entry_id: int, alias: str) -> GazetteerEntry:
    """Will remember another name of a place; the same name again changes nothing.

    Any signed-in person may: it is how a confirmed pick on the map teaches the gazetteer.
    Locks the entry.
    Raises: NotAllowed; NotFound; Refused (closed); InvalidInput (field "alias": empty, too
    long, too many).
    """
    if not permissions.can_add_alias(actor):
        raise NotAllowed(_("请先登录"))
    entry = GazetteerEntry.objects.select_for_update().filter(pk=entry_id).first()
    if entry is None:
        raise NotFound(_("地名不存在"))
    if entry.closed_at is not None:
        raise Refused(_("该地名已停用"), code="entry_closed")
    alias = alias.strip()
    key = address_key(alias)
    if len(key) < 2 or len(alias) > 60:
        raise InvalidInput(_("别名应为 2 至 60 个字"), field="alias")
    if entry.keys.filter(key=key).exists():
        return entry
    if len(entry.aliases) >= MAX_ALIASES:
        raise InvalidInput(
            _("一个地名最多 %(count)d 个别名") % {"count": MAX_ALIASES}, field="alias"
        )
    entry.aliases = [*entry.aliases, alias]
    entry.search_text = " ".join(keys_of(entry.name, tuple(entry.aliases)))[:600]
    entry.save(update_fields=["aliases", "search_text"])
    GazetteerKey.objects.create(entry=entry, key=key[:120])
    GazetteerSlip.objects.bulk_create(slips_of(entry.pk, entry.kind, [key]), ignore_conflicts=True)
    audit.record(
        actor,
        "gazetteer.alias_added",
        object_type="gazetteer_entry",
        object_id=entry.pk,
        object_label=entry.name,
        data={"alias": alias},
    )
    return entry


def keys_of(name: str, aliases: Iterable[str]) -> list[str]:
    """Will give the clean forms of a name and its aliases, once each."""
    return list(dict.fromkeys(address_key(text)[:120] for text in (name, *aliases)))


def slips_of(entry_id: int, kind: str, keys: Iterable[str]) -> list[GazetteerSlip]:
    """Will give the misspellings an entry is found under; only SPELT kinds have any."""
    if kind not in SPELT:
        return []
    found = sorted(set().union(*(slip_keys(key) for key in keys)))
    return [GazetteerSlip(entry_id=entry_id, key=key) for key in found]
