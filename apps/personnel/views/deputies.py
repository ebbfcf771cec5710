"""My deputies: what I handed to others, what others handed to me. For everybody."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.deputies import reading
from apps.accounts.deputies.services import delegate, end_delegation
from apps.accounts.models import User
from apps.common import clock
from apps.common.errors import DomainError
from apps.common.pages import put_into, tell
from apps.personnel.forms import DelegationForm

SHOWN = 20


@login_required
@require_http_methods(["GET", "POST"])
def deputies(request: HttpRequest) -> HttpResponse:
    """Both lists, and the form for a new one."""
    user = _user(request)
    form = DelegationForm(request.POST or None, viewer=user, initial={"from_on": clock.today()})
    if request.method == "POST" and form.is_valid():
        try:
            delegate(user, **form.cleaned_data)
        except DomainError as error:
            put_into(form, error)
        else:
            return redirect("personnel:deputies")
    context: dict[str, Any] = {
        "form": form,
        "given": reading.list_given(user)[:SHOWN],
        "held": reading.list_held(user)[:SHOWN],
        "today": clock.today(),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "personnel/deputies.html", context, status=status)


@login_required
@require_POST
def deputy_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends one before its last day."""
    user = _user(request)
    tell(
        request,
        lambda: end_delegation(user, delegation_id=pk),
        done=_("委托已结束。"),
    )
    return redirect("personnel:deputies")


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
