"""Where allauth asks us: counting failures, remembering passwords, keeping secrets."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts import selectors, services
from apps.accounts.assurance.enforcement import roles_requiring
from apps.accounts.assurance.levels import SECOND_FACTORS, live_certificates
from apps.accounts.factors.phone import find_factor
from apps.accounts.factors.sealing import SEEDS
from apps.accounts.models import User
from apps.audit.services import changes, record, snapshot
from apps.common.errors import TooMany


def attempt_of(username: str, *, second_factor: bool = False) -> services.Attempt:
    """Will describe a try at the door made in this request."""
    address = context.request.META.get("REMOTE_ADDR") or None
    return services.Attempt(account=username, address=address, second_factor=second_factor)


#: What the log tells of a changed password; of the password itself it keeps nothing.
_OF_PASSWORD = ("must_change_password", "password_changed_at")
_OWN_STAGES = {
    "allauth.mfa.stages.AuthenticateStage": "apps.accounts.assurance.stages.SecondFactorStage",
}
_METHODS = {
    "reauthenticate": _("改用密码"),
    "mfa_reauthenticate": _("改用动态口令"),
    "mfa_reauthenticate:webauthn": _("改用通行密钥"),
}


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by the administrators of people; nobody signs up."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("登录名或密码不正确。"),
        "invalid_login": _("登录名或密码不正确。"),
        "incorrect_password": _("密码不正确。"),
        "enter_current_password": _("请输入当前密码。"),
        "incorrect_code": _("验证码不正确。"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            services.begin_attempt(attempt_of(credentials.get("username", "")))
        except TooMany as error:
            raise ValidationError(error.message, code=error.code) from error

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        user = super().authenticate(request, **credentials)
        if user is not None:
            services.note_success(attempt_of(credentials.get("username", "")))
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        username = credentials.get("username", "")
        services.note_failure(attempt_of(username), user=selectors.find_user(username))

    def set_password(self, user: Any, password: str) -> None:
        before = snapshot(user, *_OF_PASSWORD)
        super().set_password(user, password)
        services.remember_password_change(user)
        services.close_everything(
            user,
            reason="password_changed",
            keep_session=context.request.session.session_key or "",
        )
        record(
            user,
            "user.password_changed",
            object_type="accounts.user",
            object_id=user.pk,
            object_label=user.display_name,
            data=changes(before, snapshot(user, *_OF_PASSWORD)),
        )

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:profile")

    def get_login_stages(self) -> list[str]:
        """Our own second step in place of allauth's; then what a reset factor still asks for."""
        found: list[str] = super().get_login_stages()
        steps = [_OWN_STAGES.get(path, path) for path in found]
        return [*steps, "apps.accounts.assurance.stages.EnrolmentCodeStage"]

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Who has a second factor confirms with it: the password alone no longer does."""
        found: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        for method in found:
            method["description"] = _METHODS[method["id"]]
        if not user.is_authenticated:
            return found
        stronger = [method for method in found if method["id"] != "reauthenticate"]
        if live_certificates(user).exists():
            stronger.append(_own_method("certificate", _("改用数字证书")))
        if not stronger and find_factor(user) is not None:
            stronger.append(_own_method("sms", _("改用短信验证码")))
        return stronger or found

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        response = super().post_login(request, user, **kwargs)
        speak(response, user)
        return response


def _own_method(kind: str, description: Promise | str) -> dict[str, Any]:
    address = reverse(f"accounts:{kind}-reauthenticate")
    return {"id": kind, "description": description, "url": address}


def speak(response: HttpResponse, user: User) -> None:
    """Will make the browser ask for the user's language from now on."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        user.language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
    )


class SessionsAdapter(DefaultUserSessionsAdapter):
    """Whoever signs out their other browsers is signed out of what they opened from there."""

    def end_sessions(self, sessions: Any) -> None:
        for session in sessions:
            services.close_session(session, reason="ended_elsewhere")


class SecondFactorAdapter(DefaultMFAAdapter):
    """Keeps the seeds of one-time codes encrypted at rest."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("验证码不正确。"),
        "cannot_delete_authenticator": _("您担任的角色须有第二因子，最后一种不能停用。"),
    }

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The last factor stays with whoever holds a role that requires one."""
        user = authenticator.user
        others = Authenticator.objects.filter(user=user, type__in=SECOND_FACTORS)
        if others.exclude(pk=authenticator.pk).exists() or not settings.REQUIRE_ADMIN_MFA:
            return True
        if live_certificates(user).exists():
            return True
        return not roles_requiring(user).exists()

    def generate_authenticator_name(self, user: Any, type: str) -> str:
        count = Authenticator.objects.filter(user=user, type=type).count()
        return gettext("通行密钥 %(number)s") % {"number": count + 1}

    def get_totp_label(self, user: Any) -> str:
        return str(user.username)

    def encrypt(self, text: str) -> str:
        return SEEDS.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Raises: ValueError (sealed under a key no longer configured)."""
        text = SEEDS.unseal(encrypted_text)
        if text is None:
            raise ValueError("a second factor is sealed under a key that is not configured")
        return text
