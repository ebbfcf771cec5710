"""The door of the admin console: configuration only, behind a second factor. Source: PT-15."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.assurance.levels import factors_of, proved_strongly


class ConsoleSite(AdminSite):
    """Lets in staff whose present session was opened or confirmed with a second factor."""

    site_header = gettext_lazy("城市云脑管理台")
    site_title = gettext_lazy("城市云脑管理台")
    index_title = gettext_lazy("配置")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Will take in our own models alone.

        What libraries would show here (second factors, clients, sessions) has pages of its own
        with their checks. How a model of ours is written: ``apps.common.console``.
        """
        is_many = isinstance(model_or_iterable, list | tuple)
        given = model_or_iterable if is_many else [model_or_iterable]
        ours = [model for model in given if model.__module__.startswith("apps.")]
        super().register(ours, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and not _lacks_second_factor(request)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Will send whoever may not enter to the step that is missing."""
        wanted = request.GET.get("next") or reverse("admin:index", current_app=self.name)
        if not request.user.is_authenticated:
            return redirect(f"{reverse('account_login')}?{urlencode({'next': wanted})}")
        if not super().has_permission(request):
            raise PermissionDenied
        if not _lacks_second_factor(request):
            return redirect("admin:index")
        if Authenticator.objects.filter(
            user_id=request.user.pk, type=Authenticator.Type.TOTP
        ).exists():
            return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': wanted})}")
        if factors_of(request.user):
            return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': wanted})}")
        messages.warning(request, _("进入管理台须先启用动态口令。"))
        return redirect("mfa_activate_totp")


def _lacks_second_factor(request: HttpRequest) -> bool:
    if not settings.REQUIRE_ADMIN_MFA:
        return False
    return not proved_strongly(request)
