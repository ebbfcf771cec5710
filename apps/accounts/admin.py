"""The console: look at configuration; people and rights change on their own pages only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.accounts.models import Organization, Role, Tenant, User
from apps.common.console.rights import LookOnlyAdmin


class SuperuserAdmin(LookOnlyAdmin):
    """Everybody of every body at once: for whoever sets a city up, before there are roles."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_active and request.user.is_superuser


@admin.register(User)
class UserAdmin(SuperuserAdmin):
    list_display = ["full_name", "username", "tenant", "is_active", "is_staff", "last_login"]
    search_fields = ["full_name", "username", "name_pinyin"]
    list_filter = ["is_active", "is_staff", "tenant"]
    exclude = ["password", "groups", "user_permissions"]


@admin.register(Tenant)
class TenantAdmin(SuperuserAdmin):
    list_display = ["name", "code", "area"]


@admin.register(Organization)
class OrganizationAdmin(SuperuserAdmin):
    list_display = ["name", "code", "kind", "tenant", "parent", "is_active"]
    search_fields = ["name", "code"]
    list_filter = ["kind", "is_active", "tenant"]


@admin.register(Role)
class RoleAdmin(SuperuserAdmin):
    list_display = ["name", "code", "description"]
