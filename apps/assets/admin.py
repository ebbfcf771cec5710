from django.contrib import admin

from apps.assets.models import Asset, AssetClass


@admin.register(AssetClass)
class AssetClassAdmin(admin.ModelAdmin):
    list_display = ["code", "name", "large_class", "icon"]
    search_fields = ["code", "name"]


@admin.register(Asset)
class AssetAdmin(admin.ModelAdmin):
    """Look only: codes are given by ``services.register_asset``; no map from outside."""

    list_display = ["code", "name", "kind", "area", "state"]
    list_filter = ["kind", "state"]
    search_fields = ["code", "name"]
    list_select_related = ["kind", "area"]
    exclude = ["point"]
    raw_id_fields = ["area", "owner_unit", "maintainer"]
    show_full_result_count = False

    def has_add_permission(self, request: object) -> bool:
        return False

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: object, obj: object = None) -> bool:
        return False
