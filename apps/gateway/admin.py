"""Clients in the console: to look at. Their own pages ask for a second person where needed."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.gateway.models import ApiClient
from apps.gateway.services.guarding import MANAGE_CLIENTS


@admin.register(ApiClient)
class ApiClientAdmin(admin.ModelAdmin):
    """Read only."""

    list_display = ["name", "tenant", "owner", "expires_at", "revoked_at"]
    list_select_related = ["tenant", "owner"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(MANAGE_CLIENTS)

    has_module_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
