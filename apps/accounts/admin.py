"""The console: look at configuration; people and rights change on their own pages only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.accounts.models import Organization, Role, Tenant, User


class ReadOnlyAdmin(admin.ModelAdmin):
    """Shows rows. What changes rights goes through the services, with their checks and log."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_active and request.user.is_superuser

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    list_display = ["full_name", "username", "tenant", "is_active", "is_staff", "last_login"]
    search_fields = ["full_name", "username", "name_pinyin"]
    list_filter = ["is_active", "is_staff", "tenant"]
    exclude = ["password", "groups", "user_permissions"]


@admin.register(Tenant)
class TenantAdmin(ReadOnlyAdmin):
    list_display = ["name", "code", "area"]


@admin.register(Organization)
class OrganizationAdmin(ReadOnlyAdmin):
    list_display = ["name", "code", "kind", "tenant", "parent", "is_active"]
    search_fields = ["name", "code"]
    list_filter = ["kind", "is_active", "tenant"]


@admin.register(Role)
class RoleAdmin(ReadOnlyAdmin):
    list_display = ["name", "code", "description"]
