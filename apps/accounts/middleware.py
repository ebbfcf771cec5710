"""What holds for every page once somebody has signed in."""

from collections.abc import Callable
from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from apps.accounts.assurance.enforcement import INTERRUPTED_KEY, must_enrol
from apps.accounts.models import User
from apps.common import clock, standby
from apps.common.api.errors import problem_json

SEEN_KEY = "seen_at"
NOTE_EVERY = timedelta(seconds=60)  # one write a minute tells idle from busy
OPEN_WHILE_PASSWORD_DUE = {"account_change_password", "account_logout", "set_language"}
OPEN_WHILE_FACTOR_DUE = {
    "factor-due",
    "account_logout",
    "account_reauthenticate",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_index",
    "certificate-reauthenticate",
    "sms-reauthenticate",
    "set_language",
}


class SessionPolicyMiddleware:
    """Will end idle sessions and hold back who must change the password or enrol a factor.

    Stands after the audit context, so that what it ends is logged with its address.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, User):
            moment = clock.now()
            if self._idle(request, moment):
                logout(request)
                messages.info(request, _("长时间未操作,已自动退出,请重新登录。"))
            elif password_due(request.user, moment):
                if not _is_open(request, OPEN_WHILE_PASSWORD_DUE):
                    return _to_password_page(request)
            elif must_enrol(request, request.user) and not _is_open(request, OPEN_WHILE_FACTOR_DUE):
                return _to_factor_page(request)
        return self.get_response(request)

    def _idle(self, request: HttpRequest, moment: datetime) -> bool:
        if standby.is_read_only():
            return False  # nobody's minute can be noted; the session still ends at its hour
        seen = request.session.get(SEEN_KEY)
        last = datetime.fromisoformat(seen) if seen else moment
        if moment - last > timedelta(minutes=settings.SESSION_IDLE_MINUTES):
            return True
        if seen is None or moment - last >= NOTE_EVERY:
            request.session[SEEN_KEY] = moment.isoformat()
            UserSession.objects.filter(session_key=request.session.session_key).update(
                last_seen_at=moment
            )
        return False


def password_due(user: User, moment: datetime) -> bool:
    """Will tell whether the password must be changed before anything else."""
    if user.must_change_password:
        return True
    days = settings.PASSWORD_DAYS
    if not days or user.password_changed_at is None:
        return False
    return moment - user.password_changed_at > timedelta(days=days)


def _is_open(request: HttpRequest, pages: set[str]) -> bool:
    try:
        return resolve(request.path_info).url_name in pages
    except Resolver404:
        return True


def _to_password_page(request: HttpRequest) -> HttpResponse:
    text = _("请先修改密码,再继续使用。")
    if request.path_info.startswith("/api/"):
        return JsonResponse({"code": "password_change_required", "detail": text}, status=403)
    messages.warning(request, text)
    page = reverse("account_change_password")
    if request.method != "GET":
        return redirect(page)
    # What was asked for goes on afterwards: the sign-on to another application, for example.
    return redirect(f"{page}?{urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})}")


def _to_factor_page(request: HttpRequest) -> HttpResponse:
    is_page = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    if request.path_info.startswith("/api/") or not is_page:
        return problem_json(403, "second_factor_required", _("请先登记第二因子，再继续使用。"))
    if request.method == "GET":
        # What was asked for goes on afterwards: the sign-on to another application, for example.
        request.session[INTERRUPTED_KEY] = request.get_full_path()
    return redirect("accounts:factor-due")
