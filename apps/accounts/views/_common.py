"""What the people pages share."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from apps.accounts import permissions
from apps.accounts.approvals import services as approvals
from apps.accounts.approvals.registry import Proposal
from apps.accounts.models import User
from apps.common.errors import DomainError, NotAllowed

P = ParamSpec("P")


class UserRequest(HttpRequest):
    """A request of somebody signed in."""

    user: User


def people_page(
    view: Callable[Concatenate[UserRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Will open the view to administrators of people, roles or locks only."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not permissions.can_open_people(cast(User, request.user)):
            raise NotAllowed("您没有管理人员的权限。")
        return view(cast(UserRequest, request), *args, **kwargs)

    return cast(Any, login_required(guarded))


def refused(form: forms.Form, error: DomainError) -> None:
    """Will show a refusal beside its field, or above the form."""
    field = error.field if error.field in form.fields else None
    form.add_error(field, str(error.message))


def submitted(
    request: UserRequest, proposal: Proposal, *, reason: str, is_alone: bool
) -> HttpResponse:
    """Will file a change for a second person, or make it alone, and show where it stands.

    Raises: what the engine of approvals refuses.
    """
    if is_alone:
        change = approvals.act_alone(request.user, proposal=proposal, reason=reason).change
        messages.warning(request, _("已单人紧急办理，已通知复核人和审计管理员。"))
    else:
        change = approvals.file_change(request.user, proposal=proposal, reason=reason)
        messages.success(request, _("已提交，由另一人复核后生效。"))
    return redirect("accounts:approval-detail", change.pk)
