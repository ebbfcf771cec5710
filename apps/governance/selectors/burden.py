"""The forms of the city, what each asks, and what of it is held already."""

from collections import defaultdict
from typing import Any

from django.db.models import QuerySet

from apps.accounts.models import Tenant
from apps.fieldwork.enums import PlanState
from apps.fieldwork.models import PatrolPlan
from apps.governance.burden import AskedForm, Fact, Meter, measure
from apps.governance.models import AskedReason, FormCount
from apps.governance.selectors.written_forms import written_forms
from apps.matters.selectors import in_force
from apps.registry.enums import FileKind
from apps.registry.models import SpecialType
from apps.registry.selectors import form_of


def facts() -> list[Fact]:
    """Will give what the city holds: every field of the five kinds of files."""
    found: dict[tuple[str, str], Fact] = {}
    for kind in FileKind:
        for entry in form_of(kind)["fields"]:
            label = str(entry["label"])
            found.setdefault(
                (label, entry["type"]), Fact(label, str(entry["type"]), str(kind.label))
            )
    return list(found.values())


def forms(tenant: Tenant) -> list[AskedForm]:
    """Will give every form people of the city fill: matters, files, special groups, patrols,
    and those written in code.
    """
    found = [
        AskedForm(f"matter:{matter.code}", matter.name, _fields(matter.current_version))
        for matter in in_force().select_related("current_version").order_by("code")
    ]
    found += [
        AskedForm(f"file:{kind.value}", str(kind.label), form_of(kind)["fields"], is_source=True)
        for kind in FileKind
    ]
    for special in SpecialType.objects.filter(tenant=tenant, is_active=True).order_by("code"):
        for part in ("fields", "visit_fields"):
            entries = special.body.get(part) or []
            found.append(AskedForm(f"special:{special.code}:{part}", special.name, entries))
    plans = PatrolPlan.objects.filter(tenant=tenant, state=PlanState.ACTIVE).order_by("pk")
    for plan in plans:
        found.append(AskedForm(f"patrol:{plan.pk}", plan.title, plan.items.get("fields") or []))
    return [form for form in [*found, *written_forms()] if form.fields]


def _fields(version: Any) -> list[dict[str, Any]]:
    form = version.body.get("form") if version is not None else None
    return list(form.get("fields", [])) if form else []


def meters(tenant: Tenant) -> list[Meter]:
    """Will measure every form of the city, those with offences first."""
    known, given = facts(), _reasons(tenant)
    found = [measure(form, known, given[form.code]) for form in forms(tenant)]
    return sorted(found, key=lambda m: (-len(m.offences), -m.asked, m.form.code))


def find_meter(tenant: Tenant, code: str) -> Meter | None:
    """Will measure one form."""
    return next((meter for meter in meters(tenant) if meter.form.code == code), None)


def history_of(tenant: Tenant, code: str) -> QuerySet[FormCount]:
    """Will give what the versions of a form asked, the newest first."""
    return FormCount.objects.filter(tenant=tenant, form=code).order_by("-counted_at", "-id")


def _reasons(tenant: Tenant) -> dict[str, dict[str, tuple[str, str]]]:
    found: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    for reason in AskedReason.objects.filter(tenant=tenant, ended_at__isnull=True):
        found[reason.form][reason.field] = (reason.kind, reason.text)
    return found
