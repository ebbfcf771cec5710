"""What the personnel pages share."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import DomainError
from apps.common.pages import put_into, tell
from apps.personnel import permissions


class UserRequest(HttpRequest):
    """A request of somebody signed in."""

    user: User


def personnel_page(view: Callable[..., Any]) -> Callable[..., Any]:
    """Will open the view to whoever arranges, approves or leads people somewhere."""

    def guarded(request: Any, *args: Any, **kwargs: Any) -> Any:
        permissions.require_open(request.user)
        return view(request, *args, **kwargs)

    guarded.__name__, guarded.__doc__ = view.__name__, view.__doc__
    return login_required(guarded)


def asked(request: HttpRequest) -> dict[str, str]:
    """Will give the search words and the state filter of a list."""
    return {
        "query": request.GET.get("q", "").replace("\0", "")[:60],
        "state": request.GET.get("state", "")[:12],
    }


def handed_over(request: UserRequest, form: forms.Form, hand: Callable[..., Any]) -> bool:
    """Will hand the chosen things over as the form says; False where the form is wrong.

    hand: the service; takes the person, ``chosen`` and ``to``.
    """
    if not form.is_valid():
        return False
    chosen, to = request.POST.getlist("chosen"), form.cleaned_data["to"]
    tell(request, lambda: hand(request.user, chosen=chosen, to=to), done=_("已移交。"))
    return True


def form_page(
    request: UserRequest,
    form: forms.Form,
    *,
    save: Callable[[dict[str, Any]], tuple[str, str]],
    title: str,
    submit: str,
    back: tuple[str, str],
    tab: str,
    intro: str = "",
) -> HttpResponse:
    """Will show a form, and save it when it was sent.

    save: takes the clean values, gives what to say and the path to go on to. back: label and
    path of the list.
    """
    if request.method == "POST" and form.is_valid():
        try:
            said, path = save(form.cleaned_data)
        except DomainError as error:
            put_into(form, error)
        else:
            messages.success(request, said)
            return redirect(path)
    context = {
        "form": form,
        "title": title,
        "submit": submit,
        "back_label": back[0],
        "back_url": back[1],
        "tab": tab,
        "intro": intro,
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "personnel/form.html", context, status=status)
