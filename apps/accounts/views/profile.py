"""What people see and keep of themselves."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts import selectors, services
from apps.accounts.adapters import speak
from apps.accounts.assurance import demands, levels, lists
from apps.accounts.deputies import reading
from apps.accounts.forms import ProfileForm
from apps.accounts.models import User

EVENTS_SHOWN = 8


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    initial = {"phone": user.phone, "email": user.email, "language": user.language}
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        user = services.update_own_profile(user, **form.cleaned_data)
        messages.success(request, _("已保存。"))
        response = redirect("accounts:profile")
        speak(response, user)
        return response
    context = {
        "form": form,
        "appointments": selectors.appointments_in_force(user).prefetch_related("post__roles"),
        "events": lists.list_security_events(user)[:EVENTS_SHOWN],
        "assurance": levels.level_of(request),
        "standing": demands.standing(levels.level_of(request)),
        "factors": sorted(levels.factors_of(user)),
        "session_count": selectors.count_sessions(user),
        "suspended": selectors.suspended_appointments(user),
        "delegations": [*reading.list_given(user)[:3], *reading.list_held(user)[:3]],
    }
    return render(request, "accounts/profile.html", context)


@login_required
@require_POST
def session_end(request: HttpRequest, pk: int) -> HttpResponse:
    services.end_session(cast(User, request.user), session_id=pk)
    messages.success(request, _("该登录已结束。"))
    return redirect("usersessions_list")
