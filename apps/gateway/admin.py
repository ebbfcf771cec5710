"""Clients in the console: what they may do is set here, keys are made by services only."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.common.errors import InvalidInput
from apps.gateway import services
from apps.gateway.models import ApiClient


class ClientForm(forms.ModelForm):
    """Refuses here what would break every call of the client."""

    class Meta:
        model = ApiClient
        fields = ["name", "scopes", "rate", "allowed_ranges", "expires_at"]

    def clean_rate(self) -> str:
        rate: str = self.cleaned_data["rate"]
        self._checked(lambda: services.check_rate(rate))
        return rate

    def clean_allowed_ranges(self) -> list[str]:
        ranges = _list_of_text(self.cleaned_data["allowed_ranges"])
        return self._checked(lambda: services.check_ranges(ranges))

    def clean_scopes(self) -> list[str]:
        return _list_of_text(self.cleaned_data["scopes"])

    def _checked(self, check: Callable[[], Any]) -> Any:
        try:
            return check()
        except InvalidInput as error:
            raise forms.ValidationError(str(error)) from error


def _list_of_text(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
        raise forms.ValidationError(_('应为文字列表，例如 ["cases.report"]'))
    return value


@admin.register(ApiClient)
class ApiClientAdmin(admin.ModelAdmin):
    """Change name, scopes, rate, ranges and end; issue and rotate with ``issue_api_client``."""

    list_display = ["name", "tenant", "key_prefix", "expires_at", "revoked_at", "last_used_at"]
    list_select_related = ["tenant"]
    form = ClientForm
    fields = [
        "name",
        "tenant",
        "service_user",
        "key_prefix",
        "scopes",
        "rate",
        "allowed_ranges",
        "expires_at",
        "revoked_at",
        "last_used_at",
    ]
    readonly_fields = ["tenant", "service_user", "key_prefix", "revoked_at", "last_used_at"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("gateway.manage_clients")

    has_module_permission = has_view_permission
    has_change_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ApiClient, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        audit.record(
            request.user,  # type: ignore[arg-type]  # the console needs a signed-in person
            "api_client.changed",
            object_type="gateway.client",
            object_id=obj.pk,
            object_label=obj.name,
            data={"fields": form.changed_data},
        )
