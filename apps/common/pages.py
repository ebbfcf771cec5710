"""What pages of every app do alike: lists to turn, deeds behind a button, refusals at a field."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.contrib.auth.models import PermissionsMixin
from django.http import Http404, HttpRequest
from django.urls import reverse

from apps.common.errors import DomainError, NotAllowed, NotFound
from apps.common.paging import Page, page_of

T = TypeVar("T")


def put_into(form: forms.BaseForm, error: DomainError) -> None:
    """Will show a refusal at the field it names, else above the form."""
    form.add_error(error.field if error.field in form.fields else None, str(error))


def status_of(*shown: forms.BaseForm | None) -> int:
    """Will give 422 where one of the forms was refused."""
    return 422 if any(form is not None and form.is_bound and form.errors for form in shown) else 200


def tabs_of(space: str, current: str, pages: Iterable[tuple[str, Any]]) -> list[dict[str, Any]]:
    """Will give the tabs of a group of pages. space: of their addresses; pages: name, label."""
    return [
        {"label": label, "url": reverse(f"{space}:{name}"), "current": name == current}
        for name, label in pages
    ]


def tabs_by_right(
    viewer: PermissionsMixin,
    space: str,
    current: str,
    pages: Iterable[tuple[str, Any, Iterable[str]]],
) -> list[dict[str, Any]]:
    """Will give the tabs of the pages somebody may open.

    pages: name, label, rights of which one is enough.
    """
    return tabs_of(
        space,
        current,
        (
            (name, label)
            for name, label, rights in pages
            if any(viewer.has_perm(right) for right in rights)
        ),
    )


def take(form: forms.BaseForm, deed: Callable[[], T]) -> T | None:
    """Will do the deed of a filled-in form and give what came of it.

    A refusal is shown at the field it names; then None, and the form has errors.
    Raises: NotFound, NotAllowed (a page of their own).
    """
    try:
        return deed()
    except (NotFound, NotAllowed):
        raise
    except DomainError as error:
        put_into(form, error)
        return None


def tell(
    request: HttpRequest, deed: Callable[[], Any], *, done: str | Callable[[Any], str]
) -> bool:
    """Will do a deed of a button and say how it ended; True where it was done.

    done: what is said then, or what makes it of what the deed gave.
    Raises: NotFound, NotAllowed (a page of their own).
    """
    try:
        found = deed()
    except (NotFound, NotAllowed):
        raise
    except DomainError as error:
        messages.error(request, str(error))
        return False
    messages.success(request, done(found) if callable(done) else done)
    return True


def do_named(
    request: HttpRequest,
    name: str,
    deeds: Mapping[str, tuple[Callable[..., Any], str]],
    **values: Any,
) -> None:
    """Will do the deed an address names, as ``tell`` does, with the person and these values.

    deeds: by name, the service and what is said when it is done.
    Raises: Http404 (no such deed).
    """
    if name not in deeds:
        raise Http404
    do, done = deeds[name]
    tell(request, lambda: do(request.user, **values), done=done)


def paged(request: HttpRequest, rows: Any) -> dict[str, Any]:
    """Will give a page of rows and the addresses of its neighbours."""
    page = page_of(rows, request.GET)
    return {"rows": page.items} | neighbours(request, page)


def neighbours(request: HttpRequest, page: Page) -> dict[str, str]:
    """Will give the addresses of the pages before and after one, "" where there is none."""
    query = request.GET.copy()

    def address(number: int) -> str:
        query["page"] = str(number)
        return f"?{query.urlencode()}"

    return {
        "previous_url": address(page.number - 1) if page.has_previous else "",
        "next_url": address(page.number + 1) if page.has_next else "",
    }
