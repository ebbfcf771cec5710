"""What the personnel pages share."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.accounts.models import User
from apps.common.errors import DomainError, NotAllowed, NotFound
from apps.common.paging import Page, page_of
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


def put_into(form: forms.Form, error: DomainError) -> None:
    """Will show a refusal at the field it names, else above the form."""
    form.add_error(error.field if error.field in form.fields else None, str(error))


def tell(request: HttpRequest, deed: Callable[[], Any], *, done: str) -> bool:
    """Will do a deed of a button and say how it ended; True where it was done.

    Raises: NotFound, NotAllowed (a page of their own).
    """
    try:
        deed()
    except (NotFound, NotAllowed):
        raise
    except DomainError as error:
        messages.error(request, str(error))
        return False
    messages.success(request, done)
    return True


def paged(request: HttpRequest, rows: Any) -> dict[str, Any]:
    """Will give a page of rows and the addresses of its neighbours."""
    page: Page = page_of(rows, request.GET)
    query = request.GET.copy()
    query.pop("page", None)
    prefix = f"?{query.urlencode()}&page="
    return {
        "rows": page.items,
        "previous_url": f"{prefix}{page.number - 1}" if page.has_previous else "",
        "next_url": f"{prefix}{page.number + 1}" if page.has_next else "",
    }


def asked(request: HttpRequest) -> dict[str, str]:
    """Will give the search words and the state filter of a list."""
    return {
        "query": request.GET.get("q", "").replace("\0", "")[:60],
        "state": request.GET.get("state", "")[:12],
    }


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
