"""Signing out, asked for by an application. Whatever else was opened is told as well."""

from typing import Any

from allauth.idp.oidc.views import LogoutView
from django.http import HttpResponse


class Leave(LogoutView):
    """Ends the session here; an address nobody registered gets a page with status 400."""

    def form_invalid(self, form: Any) -> HttpResponse:
        answer = super().form_invalid(form)
        answer.status_code = 400
        return answer
