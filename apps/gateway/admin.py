"""Clients in the console: to look at. Their own pages ask for a second person where needed."""

from django.contrib import admin

from apps.common.console.rights import LookOnlyAdmin
from apps.gateway.models import ApiClient
from apps.gateway.services.guarding import MANAGE_CLIENTS


@admin.register(ApiClient)
class ApiClientAdmin(LookOnlyAdmin):
    right = MANAGE_CLIENTS
    list_display = ["name", "tenant", "owner", "expires_at", "revoked_at"]
    list_select_related = ["tenant", "owner"]
