"""Views of base libraries become layers: registered, read anew, edited, published, retired."""

import re
from dataclasses import dataclass

from django.db import DatabaseError, transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import scope_of
from apps.audit import services as audit
from apps.audit.services import Actor, changes, snapshot
from apps.common import clock
from apps.common.codes import fresh_code
from apps.common.errors import InvalidInput, NotFound, Refused, TooMany
from apps.common.phrases import series
from apps.geodata import catalogue, permissions
from apps.geodata.catalogue import SRID, Relation
from apps.geodata.enums import Visibility
from apps.geodata.models import SpatialView
from apps.geodata.schema import FieldRule, check_rules
from apps.geodata.view_rows import GEOMETRY, definition_of, offered_rules, rows_of
from apps.onemap.selectors import patient
from apps.onemap.services import redraw_layer
from apps.onemap.sharing.services import note_update

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_SAID = (
    "name",
    "description",
    "color",
    "label_field",
    "visibility",
    "source",
    "approval_number",
)
_READ = ("key_column", "geometry_column", "shape", "columns", "fields", "row_count")


@dataclass(frozen=True)
class ViewData:
    """What people say about a view."""

    name: str
    description: str = ""
    color: str = "#0f766e"
    label_field: str = ""
    visibility: str = Visibility.UNIT
    source: str = ""
    approval_number: str = ""


@dataclass(frozen=True)
class Reading:
    """What is to be read of a relation. rules: ``source`` is the column, ``kind`` is ignored:
    the database knows it."""

    key: str
    geometry: str
    rules: tuple[FieldRule, ...]


@transaction.atomic
def register_view(
    actor: Actor,
    *,
    unit: Organization,
    schema: str,
    relation: str,
    reading: Reading,
    data: ViewData,
) -> SpatialView:
    """Will put a view of a base library on the map, as data of the unit; audited.

    All rows are read once, so that a view that cannot be read is never registered.
    Raises: NotAllowed (no keeper of the whole body); InvalidInput (fields ``relation``: not
    there, not in an allowed schema, cannot be read, too slow; ``key``: not unique, empty;
    ``geometry``: not of SRID 4326; ``fields``, ``name``, ``visibility``, ``label_field``).
    Source: GE-10.
    """
    permissions.require_register_views(actor, unit)
    found = _found(unit.tenant.code, schema, relation)
    taken = SpatialView.objects.values_list("code", flat=True)
    view = SpatialView(
        code=fresh_code(data.name, (c.replace("-", "_") for c in taken)).replace("_", "-"),
        tenant=unit.tenant,
        unit=unit,
        schema=found.schema,
        relation=found.name,
        created_by_name=actor.display_name,
        created_at=clock.now(),
    )
    _take_reading(view, found, reading)
    _say(view, data)
    view.save(force_insert=True)
    _measured(view)
    view.save(update_fields=["row_count"])
    _keep_card(view)
    _record(actor, "spatial_view.registered", view, **changes({}, snapshot(view, *_SAID, *_READ)))
    return view


@transaction.atomic
def reread_view(actor: Actor, *, view_id: int, reading: Reading) -> SpatialView:
    """Will choose the columns of a registered view anew, after the database has changed it.

    It is no longer public: the second person agreed to other columns. Locks the view.
    Raises: as ``register_view``; NotFound.
    """
    view = lock_view(actor, view_id)
    permissions.require_register_views(actor, view.unit)
    found = _found(view.tenant.code, view.schema, view.relation)
    before = snapshot(view, *_READ, "label_field", "is_public")
    _take_reading(view, found, reading)
    if view.label_field not in {rule["name"] for rule in view.fields}:
        view.label_field = ""
    view.is_public = False
    _measured(view)
    view.save()
    _keep_card(view)
    after = snapshot(view, *_READ, "label_field", "is_public")
    _record(actor, "spatial_view.reread", view, **changes(before, after))
    return view


@transaction.atomic
def edit_view(actor: Actor, *, view_id: int, data: ViewData) -> SpatialView:
    """Will change what is said about a view; audited. Locks the view.

    Raises: NotFound; NotAllowed; InvalidInput (fields ``name``, ``visibility``, ``label_field``).
    """
    view = lock_view(actor, view_id)
    before = snapshot(view, *_SAID)
    _say(view, data)
    view.save()
    _keep_card(view)
    _record(actor, "spatial_view.edited", view, **changes(before, snapshot(view, *_SAID)))
    return view


@transaction.atomic
def publish_view(
    actor: Actor, *, view_id: int, is_public: bool, checker: Actor | None = None
) -> SpatialView:
    """Will open a view to everybody, or close it again. Opened only by an approved change.

    Locks the view. Raises: NotFound; NotAllowed; Refused (nobody has agreed; no approval number
    of the map).
    """
    view = lock_view(actor, view_id)
    if is_public and checker is None:
        raise Refused(_("向社会公开须经另一人复核"), code="second_person_needed")
    if is_public and not view.approval_number:
        raise Refused(_("公开的地图须先填写审图号"), code="approval_number_missing")
    before = snapshot(view, "is_public")
    view.is_public = is_public
    view.save(update_fields=["is_public"])
    redraw_layer(view.layer_code)
    more = {"checker": checker.display_name} if checker else {}
    differing = changes(before, snapshot(view, "is_public"))
    action = "spatial_view.published" if is_public else "spatial_view.closed"
    _record(actor, action, view, **differing, **more)
    return view


@transaction.atomic
def retire_view(actor: Actor, *, view_id: int) -> SpatialView:
    """Will take a view off the map; the database's own view stays. Twice changes nothing.

    Locks the view. Raises: NotFound; NotAllowed.
    """
    view = lock_view(actor, view_id)
    if view.retired_at is None:
        before = snapshot(view, "retired_at", "is_public")
        view.retired_at, view.is_public = clock.now(), False
        view.save(update_fields=["retired_at", "is_public"])
        differing = changes(before, snapshot(view, "retired_at", "is_public"))
        _record(actor, "spatial_view.retired", view, **differing)
    return view


def propose_reading(
    unit: Organization, *, schema: str, relation: str, key: str, geometry: str
) -> Reading:
    """Will propose to read every column the map can show, each named after itself.

    Raises: InvalidInput (field ``relation``: not there for this body).
    """
    found = _found(unit.tenant.code, schema, relation)
    return Reading(key=key, geometry=geometry, rules=tuple(offered_rules(found)))


def lock_view(actor: Actor, view_id: int) -> SpatialView:
    """Will lock a view whose unit's data the actor keeps. Raises: NotFound; NotAllowed."""
    view = (
        SpatialView.objects.select_for_update(of=("self",))
        .select_related("unit", "tenant")
        .filter(pk=view_id)
        .first()
    )
    if view is None or (
        isinstance(actor, User) and not scope_of(actor).covers_tenant(view.tenant_id)
    ):
        raise NotFound(_("没有这个空间视图"))
    permissions.require_keep(actor, view.unit)
    return view


def _found(tenant_code: str, schema: str, relation: str) -> Relation:
    found = catalogue.find_relation(tenant_code, schema, relation)
    if found is None:
        raise InvalidInput(_("允许的模式里没有这个视图，或无权读取"), field="relation")
    return found


def _take_reading(view: SpatialView, found: Relation, reading: Reading) -> None:
    key = next((c for c in found.keys if c.name == reading.key), None)
    if key is None:
        raise InvalidInput(_("主键列应为整数、文本或 UUID 列"), field="key")
    shape = next((c for c in found.geometries if c.name == reading.geometry), None)
    if shape is None:
        raise InvalidInput(_("没有这个图形列"), field="geometry")
    if shape.srid != SRID:
        raise InvalidInput(
            _(
                "图形列的坐标系须写明为 4326，现为 %(srid)s。请在视图中转换，例如 "
                "ST_Transform(%(column)s, 4326)::geometry(%(shape)s, 4326)"
            )
            % {"srid": shape.srid or _("未写明"), "column": shape.name, "shape": shape.shape},
            field="geometry",
        )
    rules = [_typed(found, rule) for rule in reading.rules if rule.is_taken]
    check_rules(rules)
    used = [key, shape, *(c for c in found.columns if c.name in {r.source for r in rules})]
    view.key_column, view.geometry_column, view.shape = key.name, shape.name, shape.shape
    view.columns = [list(stored) for stored in dict.fromkeys(tuple(c.stored) for c in used)]
    view.fields = [rule.stored() for rule in rules]


def _typed(found: Relation, rule: FieldRule) -> FieldRule:
    column = found.column(rule.source)
    if column is None or column.kind is None:
        raise InvalidInput(
            _("没有列“%(name)s”，或它的类型不能在地图上显示") % {"name": rule.source[:63]},
            field="fields",
        )
    label = rule.label.strip()[:40] or column.name[:40]
    return FieldRule(name=rule.name, source=column.name, label=label, kind=column.kind)


def _measured(view: SpatialView) -> None:
    """Reads every value once: the key must name each row, and no expression may fail."""
    try:
        with patient():
            asked = {f"c{n}": Count(f"c{n}") for n in range(len(view.fields))}
            counted = rows_of(definition_of(view)).aggregate(
                rows=Count("pk"), keys=Count("pk", distinct=True), shapes=Count(GEOMETRY), **asked
            )
    except TooMany as error:
        raise InvalidInput(
            _("这个视图读得太慢，请先改成物化视图并建立空间索引"), field="relation"
        ) from error
    except DatabaseError as error:
        raise InvalidInput(_("数据库读取这个视图时出错，请先修正视图"), field="relation") from error
    if counted["rows"] != counted["keys"]:
        raise InvalidInput(_("主键列的值有重复，不能区分各个要素"), field="key")
    view.row_count = counted["rows"]


def _say(view: SpatialView, data: ViewData) -> None:
    if not data.name.strip():
        raise InvalidInput(_("请填写图层名称"), field="name")
    if data.visibility not in Visibility.values:
        raise InvalidInput(_("没有这种可见范围"), field="visibility")
    if not _COLOR.fullmatch(data.color):
        raise InvalidInput(_("颜色应形如 #1f5eb8"), field="color")
    names = [rule["name"] for rule in view.fields]
    if data.label_field and data.label_field not in names:
        raise InvalidInput(
            _("没有这个字段，可选：%(names)s") % {"names": series(names)}, field="label_field"
        )
    for name, value in vars(data).items():
        setattr(view, name, value.strip() if isinstance(value, str) else value)


def _keep_card(view: SpatialView) -> None:
    note_update(
        view.layer_code,
        owner=view.unit,
        updated_on=None,  # as the base library says, every moment
        update_days=None,
        approval_number=view.approval_number,
    )


def _record(actor: Actor, action: str, view: SpatialView, **data: object) -> None:
    audit.record(
        actor,
        action,
        object_type="geodata.spatial_view",
        object_id=view.pk,
        object_label=view.name,
        data={"relation": f"{view.schema}.{view.relation}", **data},
    )
