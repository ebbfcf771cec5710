from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.assets.models import Asset, AssetClass
from apps.assets.permissions import DEFINE, REGISTER
from apps.assets.registry import links_of
from apps.assets.selectors import list_assets
from apps.common.console.admins import AuditedAdmin
from apps.common.console.rights import LookOnlyAdmin


@admin.register(AssetClass)
class AssetClassAdmin(AuditedAdmin):
    """Names and icons; one person. The fields of a class have a page of their own."""

    right = DEFINE

    list_display = ["code", "name", "large_class", "icon"]
    search_fields = ["code", "name"]
    exclude = ["form"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A class in use keeps its digits: the code of every thing of it carries them."""
        return ["code"] if obj and obj.assets.exists() else []


@admin.register(Asset)
class AssetAdmin(LookOnlyAdmin):
    """Codes are given by ``services.register_asset``; no map from outside."""

    right = REGISTER

    list_display = ["code", "name", "kind", "area", "state"]
    list_filter = ["kind", "state"]
    search_fields = ["code", "name"]
    list_select_related = ["kind", "area"]
    exclude = ["point"]
    readonly_fields = ["links"]
    raw_id_fields = ["area", "owner_unit", "maintainer"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Asset]:
        """What the register shows this viewer."""
        return list_assets(request.user) if isinstance(request.user, User) else Asset.objects.none()

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """Keeps who looks with what is looked at: links depend on both."""
        found = super().get_object(request, object_id, from_field)
        if found is not None and isinstance(request.user, User):
            found.linked = links_of(request.user, found.code)
        return found

    @admin.display(description=_("关联"), empty_value="—")
    def links(self, asset: Asset) -> str:
        found = [(address, label) for label, address in getattr(asset, "linked", [])]
        link = '<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>'
        return format_html_join(" ", link, found)
