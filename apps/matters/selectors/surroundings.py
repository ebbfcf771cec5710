"""What a city offers to whoever writes a definition: rights, tables, matters, code lists."""

from typing import Any

from django.contrib.auth.models import Permission
from django.utils.translation import gettext

from apps.accounts.models import Role, User
from apps.common.models import Dictionary
from apps.matters.enums import VersionState
from apps.matters.models import MatterVersion
from apps.rules import selectors as rules
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
    return dict(Dictionary.objects.order_by("code").values_list("code", "name"))


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
