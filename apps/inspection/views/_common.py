"""What the pages of this app share."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest

from apps.accounts.models import User
from apps.common.errors import DomainError, NotAllowed, NotFound
from apps.common.files import store
from apps.common.models import StoredFile
from apps.common.paging import Page, page_of


def actor_of(request: HttpRequest) -> User:
    """Will give the signed-in person; behind ``login_required`` only."""
    assert isinstance(request.user, User)
    return request.user


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


def stored_of(form: forms.Form) -> tuple[StoredFile | None, str]:
    """Will keep the file of a valid form and give it with its name. Raises: InvalidInput."""
    upload = form.cleaned_data.get("file")
    if not upload:
        return None, ""
    return store(upload, allow=frozenset({"image", "document"})), str(upload.name)[:120]


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


def status_of(*forms_shown: forms.Form) -> int:
    """Will give 422 where one of the forms was refused."""
    return 422 if any(form.is_bound and form.errors for form in forms_shown) else 200
