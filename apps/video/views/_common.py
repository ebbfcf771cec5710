"""What the pages of this app share."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.video import permissions


def reader_of(request: HttpRequest) -> User:
    """Will give the signed-in person; behind ``login_required`` only. Raises: NotAllowed."""
    viewer = actor_of(request)
    permissions.require_reader(viewer)
    return viewer


def show_form(
    request: HttpRequest,
    form: object,
    title: str,
    *,
    back: tuple[str, str] | None = None,
    more: object = None,
    hint: str = "",
) -> HttpResponse:
    """Will show a page that is one form. back: label and address of where it belongs."""
    label, url = back or (_("摄像机"), reverse("video:camera-list"))
    wrong = bool(getattr(form, "errors", None)) or bool(getattr(more, "errors", None))
    context = {
        "form": form, "more": more, "title": title, "hint": hint, "back_label": label,
        "back_url": url,
    }  # fmt: skip
    return render(request, "video/edit.html", context, status=422 if wrong else 200)
