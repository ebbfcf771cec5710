"""Classes of things, and things entered into the register."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.gis.geos import Point
from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.assets import permissions
from apps.assets.classes import SEED_CLASSES
from apps.assets.enums import AssetState
from apps.assets.models import Asset, AssetClass
from apps.audit import services as audit
from apps.common.errors import InvalidInput
from apps.places import selectors as places
from apps.places.models import Area

REGION_DIGITS = 6
MAX_SERIAL = 999_999


@dataclass(frozen=True)
class AssetSpec:
    """One thing to register. kind: class code. area: its grid cell, None to look it up.

    details: what it answers to the fields of its class, as ``own_fields.answers`` gives it.
    """

    kind: str
    name: str
    point: Point
    area: Area | None = None
    owner_unit: Organization | None = None
    maintainer: Organization | None = None
    since: date | None = None
    source: str = ""
    maker: str = ""
    model: str = ""
    vendor: str = ""
    contract: str = ""
    installed_on: date | None = None
    expires_on: date | None = None
    details: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def define_classes(
    actor: Any, *, classes: Sequence[tuple[str, str, str, str]] = SEED_CLASSES
) -> int:
    """Will add or rename classes, given as (code, name, large class, icon); twice is harmless.

    Raises: NotAllowed; InvalidInput (field "code": not four digits).
    """
    permissions.require_register_asset(actor)
    before = _classes()
    for code, name, large_class, icon in classes:
        if len(code) != 4 or not code.isdigit():
            raise InvalidInput(_("部件类别代码应为 4 位数字"), field="code")
        AssetClass.objects.update_or_create(
            code=code, defaults={"name": name, "large_class": large_class, "icon": icon}
        )
    changed = audit.document_changes(before, _classes())
    audit.record(actor, "asset_classes.defined", data={"count": len(classes), **changed})
    return len(classes)


@transaction.atomic
def register_asset(actor: Any, *, spec: AssetSpec) -> Asset:
    """Will enter one thing and give it its code; the area is found from the point if absent.

    Raises: NotAllowed; InvalidInput (field "kind": unknown; "point": outside the city).
    """
    register_assets(actor, specs=[spec])
    return Asset.objects.filter(kind__code=spec.kind, point=spec.point).latest("pk")


@transaction.atomic
def register_assets(actor: Any, *, specs: Iterable[AssetSpec]) -> int:
    """Will enter things in bulk and give their number.

    Holds a lock for the numbers of new things until commit, so that two clerks registering
    at once get different serials.
    Raises: NotAllowed; InvalidInput (fields "kind", "point").
    """
    permissions.require_register_asset(actor)
    rows = _enter(specs)
    audit.record(actor, "assets.registered", data={"count": len(rows)})
    return len(rows)


@transaction.atomic
def follow_cells(actor: Any, *, old_ids: Sequence[int], new_ids: Sequence[int]) -> int:
    """Will put things of closed cells into the new cells they stand in, and give how many.

    Twice is harmless. On a border the cell with the smallest code is taken, as everywhere.
    Raises: NotAllowed.
    """
    permissions.require_register_asset(actor)
    total = 0
    for cell in Area.objects.filter(pk__in=new_ids, boundary__isnull=False).order_by("code", "pk"):
        there = Asset.objects.filter(area_id__in=old_ids, point__coveredby=cell.boundary)
        total += there.update(area=cell)
    audit.record(
        actor,
        "assets.followed_cells",
        data={"count": total, **audit.changes({"cells": [*old_ids]}, {"cells": [*new_ids]})},
    )
    return total


def enter_asset(spec: AssetSpec) -> Asset:
    """Will enter one thing for a deed that has asked for the right and records it itself.

    Raises: InvalidInput (fields "kind", "point").
    """
    (row,) = enter_assets([spec])
    return row


def enter_assets(specs: Iterable[AssetSpec]) -> list[Asset]:
    """Will enter things in bulk for such a deed, in order. Raises: as ``enter_asset``."""
    return _enter(specs)


def restate_asset(asset: Asset, *, name: str | None = None, point: Point | None = None) -> None:
    """Will rename or move a thing for such a deed; None: as it is. The cell follows the point.

    Raises: InvalidInput (field "point": outside the city).
    """
    if name is not None:
        asset.name = name
    if point is not None:
        area = places.locate(point)
        if area is None:
            raise InvalidInput(_("位置不在城市范围内"), field="point")
        asset.point, asset.area = point, area
    asset.save(update_fields=["name", "point", "area"])


def _enter(specs: Iterable[AssetSpec]) -> list[Asset]:
    classes = {c.code: c for c in AssetClass.objects.all()}
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('assets.serial'))")
    last: dict[tuple[str, int], int] = defaultdict(
        int,
        {
            (region, kind_id): top
            for region, kind_id, top in Asset.objects.order_by()
            .values_list("region_code", "kind_id")
            .annotate(top=Max("serial"))
        },
    )
    rows = [_new_asset(spec, classes, last) for spec in specs]
    return Asset.objects.bulk_create(rows, batch_size=2000)


def _classes() -> dict[str, Any]:
    stated = ("name", "large_class", "icon")
    return {kind.code: audit.snapshot(kind, *stated) for kind in AssetClass.objects.all()}


def _new_asset(
    spec: AssetSpec, classes: dict[str, AssetClass], last: dict[tuple[str, int], int]
) -> Asset:
    kind = classes.get(spec.kind)
    if kind is None:
        raise InvalidInput(_("没有代码为“%(code)s”的部件类别") % {"code": spec.kind}, field="kind")
    area = spec.area or places.locate(spec.point)
    if area is None:
        raise InvalidInput(_("位置不在城市范围内"), field="point")
    region = area.code[:REGION_DIGITS].ljust(REGION_DIGITS, "0")
    last[region, kind.pk] += 1
    serial = last[region, kind.pk]
    if serial > MAX_SERIAL:
        raise InvalidInput(_("“%(name)s”的编码已用完") % {"name": kind.name}, field="kind")
    return Asset(
        kind=kind,
        region_code=region,
        serial=serial,
        code=f"{region}{kind.code}{serial:06d}",
        name=spec.name,
        point=spec.point,
        area=area,
        owner_unit=spec.owner_unit,
        maintainer=spec.maintainer,
        state=AssetState.IN_USE,
        since=spec.since,
        source=spec.source,
        maker=spec.maker,
        model=spec.model,
        vendor=spec.vendor,
        contract=spec.contract,
        installed_on=spec.installed_on,
        expires_on=spec.expires_on,
        details=spec.details,
    )
