"""What the people pages share."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase

from apps.accounts import permissions
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
