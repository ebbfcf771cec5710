"""A look at areas and names for administrators; writing goes through pages and services.

Geometry is shown as numbers, not as a widget: the stock widget loads its script and its map
from outside addresses.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.common.console.admins import TwoPersonAdmin
from apps.common.console.rights import LookOnlyAdmin
from apps.places.models import Area, AreaImport, AreaLevel, AreaSuccession, GazetteerEntry
from apps.places.permissions import MANAGE


@admin.register(AreaLevel)
class AreaLevelAdmin(TwoPersonAdmin):
    """The storeys of the area tree: every code, right and figure below is cut by them."""

    right = MANAGE
    list_display = ["depth", "code", "name", "code_length", "is_cell"]
    list_display_links = ["code"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A level in use keeps its place and digits: every code below depends on them."""
        return ["code", "depth", "code_length"] if obj and obj.areas.exists() else []


@admin.register(Area)
class AreaAdmin(LookOnlyAdmin):
    right = MANAGE
    list_display = ["code", "name", "level", "valid_from", "valid_to", "source"]
    list_filter = ["level"]
    search_fields = ["name", "code"]
    list_select_related = ["level"]
    exclude = ["boundary", "center"]
    readonly_fields = ["center_degrees"]
    show_full_result_count = False

    @admin.display(description=_("中心点"))
    def center_degrees(self, area: Area) -> str:
        return f"{area.center.x:.6f}, {area.center.y:.6f}" if area.center else "—"


@admin.register(AreaSuccession)
class AreaSuccessionAdmin(LookOnlyAdmin):
    right = MANAGE
    list_display = ["on", "predecessor", "successor"]
    list_select_related = ["predecessor", "successor"]
    raw_id_fields = ["predecessor", "successor"]


@admin.register(AreaImport)
class AreaImportAdmin(LookOnlyAdmin):
    right = MANAGE
    list_display = ["created_at", "file_name", "level", "crs", "state", "actor_name"]
    exclude = ["content"]


@admin.register(GazetteerEntry)
class GazetteerEntryAdmin(LookOnlyAdmin):
    right = MANAGE
    list_display = ["name", "kind", "area", "source"]
    list_filter = ["kind"]
    search_fields = ["name", "search_text"]
    list_select_related = ["area"]
    exclude = ["geometry", "point"]
    show_full_result_count = False
