"""The register of supervised objects, their behaviour and credit; the inspectors."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, Tenant, User
from apps.accounts.selectors import area_scope_q, scope_for
from apps.common import clock, masking
from apps.common.errors import NotFound
from apps.inspection import credit
from apps.inspection.enums import Grade, ObjectKind
from apps.inspection.models import (
    BehaviourRecord,
    Conflict,
    CreditScale,
    Inspector,
    ObjectUnit,
    SupervisedObject,
)
from apps.inspection.permissions import KEEP, PLAN, READERS, VIEW, within_reach


@dataclass(frozen=True)
class Scale:
    """The scale in force. number: 0 for the one the product comes with."""

    number: int
    body: Mapping[str, Any]

    @property
    def name(self) -> str:
        return credit.scale_name(self.number)


def scale_of(tenant_id: int) -> Scale:
    """Will give the newest scale of a body, else the default."""
    found = CreditScale.objects.filter(tenant_id=tenant_id).order_by("-number").first()
    return Scale(found.number, found.body) if found else Scale(0, credit.DEFAULT_SCALE)


def shown_name(supervised: SupervisedObject) -> str:
    """Will give the name as lists, proofs and the public read it: a person's is masked."""
    if supervised.kind == ObjectKind.PERSON:
        return masking.mask_name(supervised.name)
    return supervised.name


def with_units(objects: QuerySet[SupervisedObject]) -> QuerySet[SupervisedObject]:
    """Will read the units that answer for the objects along, by subject too."""
    by_subject = ObjectUnit.objects.select_related("unit", "subject")
    return objects.select_related("unit").prefetch_related(Prefetch("subject_units", by_subject))


def unit_for(supervised: SupervisedObject, matter_type_id: int) -> Organization:
    """Will give who answers for an object in a matter: its own unit where none is named."""
    rows = supervised.subject_units.all()
    return next((row.unit for row in rows if row.subject_id == matter_type_id), supervised.unit)


def list_objects(
    viewer: User,
    *,
    text: str = "",
    kind: str = "",
    grade: str = "",
    area_path: str = "",
    ended: bool = False,
) -> QuerySet[SupervisedObject]:
    """Will give the objects in the viewer's areas, by name.

    text: part of the name, or the beginning of the credit code; persons are found by their
    whole name only.
    """
    found = SupervisedObject.objects.filter(within_reach(viewer, *READERS), is_active=not ended)
    if text := text.strip():
        named = Q(name__icontains=text) & ~Q(kind=ObjectKind.PERSON)
        found = found.filter(named | Q(name=text) | Q(credit_code__startswith=text.upper()))
    if kind in ObjectKind.values:
        found = found.filter(kind=kind)
    if grade in Grade.values:
        found = found.filter(grade=grade)
    if area_path:
        found = found.filter(area_path__startswith=area_path)
    return found.select_related("area", "unit").defer("area__boundary").order_by("name", "pk")


def get_object(viewer: User, object_id: int) -> SupervisedObject:
    """Will give one object. Raises: NotFound (none, or outside the viewer's areas)."""
    found = (
        SupervisedObject.objects.filter(within_reach(viewer, *READERS), pk=object_id)
        .select_related("area", "unit")
        .prefetch_related("subject_units__unit", "subject_units__subject")
        .defer("area__boundary")
        .first()
    )
    if found is None:
        raise NotFound(_("没有这个监管对象，或您无权查看"))
    return found


def list_behaviours(supervised: SupervisedObject) -> QuerySet[BehaviourRecord]:
    """Will give what an object did, newest first, withdrawn records included."""
    return supervised.behaviours.select_related("case", "file", "withdrawn_by")


def counting_q(scale: Mapping[str, Any], *, prefix: str = "") -> Q:
    """Will give the condition "counts today by this scale" for behaviour records."""
    today = clock.today()
    own = credit.counts_otherwise(scale, today)
    since = Q(**{f"{prefix}happened_on__gte": credit.counts_from(scale, today)})
    found = since & ~Q(**{f"{prefix}code__in": list(own)}) if own else since
    for code, day in own.items():
        found |= Q(**{f"{prefix}code": code, f"{prefix}happened_on__gte": day})
    return found & Q(**{f"{prefix}withdrawn_at__isnull": True})


def counting_points(supervised: SupervisedObject, scale: Mapping[str, Any]) -> list[int]:
    """Will give the points of the records that count today."""
    found = supervised.behaviours.filter(counting_q(scale))
    return list(found.values_list("points", flat=True))


def inspectors_q(viewer: User) -> Q:
    """Will give the condition "inspectors of units in the viewer's bodies and areas"."""
    scope = scope_for(viewer, VIEW, KEEP, PLAN)
    if scope.everything:
        return Q()
    return Q(tenant_id__in=scope.tenant_ids) & area_scope_q(scope, "unit__area__path")


def list_inspectors(viewer: User) -> QuerySet[Inspector]:
    """Will give the inspectors of the viewer's areas with their subjects and open conflicts."""
    conflicts = Conflict.objects.filter(lifted_at=None).select_related("supervised")
    return (
        Inspector.objects.filter(inspectors_q(viewer))
        .select_related("user", "unit__area")
        .defer("unit__area__boundary")
        .prefetch_related("subjects", Prefetch("conflicts", conflicts, to_attr="open_conflicts"))
        .order_by("unit__path", "pk")
    )


def get_inspector(viewer: User, inspector_id: int) -> Inspector:
    """Will give one inspector. Raises: NotFound."""
    found = list_inspectors(viewer).filter(pk=inspector_id).first()
    if found is None:
        raise NotFound(_("没有这名检查人员，或您无权查看"))
    return found


def find_inspector_of(user: User, tenant: Tenant) -> Inspector | None:
    """Will give the viewer's own file as an inspector."""
    return Inspector.objects.filter(user=user, tenant=tenant).first()
