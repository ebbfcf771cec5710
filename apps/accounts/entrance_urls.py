"""The pages of allauth that are in use; the names of the others lead nowhere on purpose.

allauth builds links by name, so every name it may ask for must exist; signing up, e-mail
addresses and resetting by mail are not offered in a city hall.
"""

from typing import NoReturn

from allauth.account import views
from django.http import Http404, HttpRequest
from django.urls import include, path


def not_offered(request: HttpRequest, **kwargs: str) -> NoReturn:
    raise Http404


urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("2fa/", include("allauth.mfa.urls")),
    path("sessions/", include("allauth.usersessions.urls")),
    path("signup/", not_offered, name="account_signup"),
    path("email/", not_offered, name="account_email"),
    path("email/sent/", not_offered, name="account_email_verification_sent"),
    path("password/set/", not_offered, name="account_set_password"),
    path("password/reset/", not_offered, name="account_reset_password"),
]
