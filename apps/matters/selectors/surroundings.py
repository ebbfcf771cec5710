"""What a city offers to whoever writes a definition: rights, tables, matters, code lists."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Permission
from django.utils.translation import gettext

from apps.accounts.models import Role, User
from apps.common.forms_data.rows import dictionary_names
from apps.matters.enums import MatterKind, VersionState
from apps.matters.listening_vocabulary import SPLIT
from apps.matters.models import MatterType, MatterVersion
from apps.rules import selectors as rules
from apps.rules.enums import HitPolicyChoice
from apps.rules.models import RuleTable

CASE_APPS = ("matters", "hotline", "inspection")


def list_rights() -> dict[str, str]:
    """Will give the rights a role carries that have to do with cases, "app.codename": name."""
    held = Permission.objects.filter(
        pk__in=Role.objects.values("permissions"), content_type__app_label__in=CASE_APPS
    ).values_list("content_type__app_label", "codename", "name")
    return {f"{app}.{codename}": gettext(name) for app, codename, name in held.order_by("codename")}


def list_table_names(viewer: User) -> dict[str, str]:
    """Will give the rule tables the viewer may see, by code; all of them by code otherwise."""
    found = rules.list_tables(viewer)
    tables = found if found.exists() else RuleTable.objects.filter(tenant__isnull=True)
    return dict(tables.values_list("code", "name"))


def list_dictionary_names() -> dict[str, str]:
    """Will give the code lists a field may take its choices from."""
    return dictionary_names()


def list_key_states() -> dict[str, tuple[str, dict[str, str]]]:
    """Will give what published matters tell subscribers: {code: (name, {state: label})}."""
    found: dict[str, tuple[str, dict[str, str]]] = {}
    rows: Any = MatterVersion.objects.filter(
        state=VersionState.PUBLISHED, matter_type__current_version_id__isnull=False
    ).values_list("matter_type__code", "matter_type__name", "body__states")
    for code, name, states in rows.order_by("matter_type__code", "number"):
        key = {s["code"]: s["label"] for s in states if s.get("is_key")}
        if key:
            found[code] = (name, key)
    return found


def list_split_tables(viewer: User) -> dict[str, str]:
    """Will give the tables a case may be split by: COLLECT, in force, naming sub-matters."""
    found = rules.list_tables(viewer).filter(vocabulary=SPLIT)
    return {table.code: table.name for table in found if splits_cases(table.code)}


def splits_cases(table_code: str) -> bool:
    """Will tell whether the version in force gives any number of sub-matters."""
    version = rules.get_published(table_code)
    return (
        version is not None
        and version.table.vocabulary == SPLIT
        and version.hit_policy == HitPolicyChoice.COLLECT
        and "matter" in version.body.get("outputs", [])
    )


def list_matter_names() -> dict[str, str]:
    """Will give the name of every matter by code."""
    return dict(MatterType.objects.order_by("code").values_list("code", "name"))


@dataclass(frozen=True)
class OtherMatter:
    """A matter in force. fields: labels of its form fields by name."""

    code: str
    name: str
    fields: dict[str, str]


def list_other_matters(own_code: str) -> list[OtherMatter]:
    """Will give the matters in force beside one's own, those of the office first."""
    rows: Any = MatterType.objects.filter(current_version__isnull=False).exclude(code=own_code)
    values = rows.order_by("code").values_list(
        "code", "name", "kind", "current_version__body__form"
    )
    found = sorted(values, key=lambda row: (row[2] != MatterKind.OFFICE, row[0]))
    return [OtherMatter(code, name, _labels(form)) for code, name, _kind, form in found]


def _labels(form: Any) -> dict[str, str]:
    fields = form.get("fields", []) if isinstance(form, dict) else []
    return {f["name"]: f.get("label") or f["name"] for f in fields}
