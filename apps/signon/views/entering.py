"""What OpenID Connect and CAS ask alike before somebody is let through to an application."""

import hashlib
from datetime import datetime
from urllib.parse import urlencode

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.assurance import acts
from apps.accounts.assurance.demands import StepUpRequired
from apps.accounts.assurance.levels import Assurance, level_of
from apps.accounts.assurance.tickets import PARAMETER
from apps.accounts.models import User
from apps.audit.services import record
from apps.common import clock
from apps.signon.errors import NotForYou
from apps.signon.models import Application
from apps.signon.permissions import can_use

ASKED_KEY = "signon_asked"  # in the session: when a fresh sign-in was asked for, by what
MOST_ASKED = 20


def newest_proof(assurance: Assurance) -> datetime | None:
    """Will give when somebody last proved anything in this browser."""
    return max((use.at for use in assurance.uses), default=None)


def to_login(request: HttpRequest) -> HttpResponse:
    """Will lead to the sign-in page and from there back to this very address."""
    return redirect_to_login(request.get_full_path())


def to_fresh_proof(request: HttpRequest) -> HttpResponse:
    """Will ask somebody who is signed in to prove it again, and lead back here."""
    if not request.user.is_authenticated:
        return to_login(request)
    query = urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})
    return redirect(f"{reverse('account_reauthenticate')}?{query}")


def key_of(asked: QueryDict) -> str:
    """Will name a request, so that one fresh proof serves one request."""
    told = sorted((name, values) for name, values in asked.lists() if name != PARAMETER)
    return hashlib.sha256(repr(told).encode()).hexdigest()


def has_proved_since_asked(request: HttpRequest, key: str) -> bool:
    """Will tell whether a fresh sign-in asked for under this key was given; else notes it asked."""
    asked: dict[str, str] = request.session.get(ASKED_KEY, {})
    newest = newest_proof(level_of(request)) if isinstance(request.user, User) else None
    if key in asked:
        return newest is not None and newest >= datetime.fromisoformat(asked[key])
    asked[key] = clock.now().isoformat()
    request.session[ASKED_KEY] = dict(list(asked.items())[-MOST_ASKED:])
    return False


def forget_asked(request: HttpRequest, key: str) -> None:
    """Will use a fresh proof up."""
    asked: dict[str, str] = request.session.get(ASKED_KEY, {})
    if asked.pop(key, None):
        request.session[ASKED_KEY] = asked


def require_meant(user: User, application: Application) -> None:
    """Raises: NotForYou; written to the log."""
    if not can_use(user, application):
        record(
            user,
            "sign_on.refused",
            object_type="signon.application",
            object_id=application.pk,
            object_label=application.name,
            data={"why": "not meant for this person"},
        )
        raise NotForYou(
            _("您没有使用“%(name)s”的权限，请联系该应用的归属单位。") % {"name": application.name}
        )


def is_high_enough(request: HttpRequest, level: int) -> bool:
    """Will tell whether the browser has proved a level, lately enough."""
    return level_of(request).satisfies(acts.entering(level), clock.now())


def require_level(request: HttpRequest, user: User, level: int) -> None:
    """Will let pass, or lead to the confirmation page, which comes back here.

    Raises: StepUpRequired.
    """
    act = acts.entering(level)
    assurance = level_of(request)
    if not assurance.satisfies(act, clock.now()):
        raise StepUpRequired(act, assurance, user)


def hand_over(request: HttpRequest, address: str, application: Application) -> HttpResponse:
    """Will send the browser on to the application.

    After a form of ours (signing in, stepping up, consenting) a plain redirect would run into
    our own ``form-action`` policy, which browsers hold against the whole chain; a small page
    leads on instead. The browser tells by ``Sec-Fetch-Site`` that it came out of our pages.
    """
    if request.headers.get("Sec-Fetch-Site") == "same-origin":
        context = {"address": address, "application": application}
        return render(request, "signon/handing_over.html", context)
    return HttpResponseRedirect(address)
