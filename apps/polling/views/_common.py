"""What the pages of this app share."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.common.pages import status_of
from apps.polling import permissions
from apps.polling.models import EdgeApplication, EdgeNode, Gateway


def reader_of(request: HttpRequest) -> User:
    """Will give the signed-in person; behind ``login_required`` only. Raises: NotAllowed."""
    viewer = actor_of(request)
    permissions.require_reader(viewer)
    return viewer


def show_edit(
    request: HttpRequest,
    form: forms.Form,
    *,
    kind: str,
    kinds: str,
    new: str,
    thing: EdgeApplication | EdgeNode | Gateway | None,
) -> HttpResponse:
    """Will show the page that writes one thing.

    kind: how its addresses begin ("edge"); kinds: name of their list; new: what a new one is
    headed; thing: None for a new one.
    """
    context = {
        "form": form,
        "title": thing.name if thing else new,
        "list_label": kinds,
        "list_url": reverse(f"polling:{kind}-list"),
        "thing_url": reverse(f"polling:{kind}-detail", args=[thing.pk]) if thing else "",
    }
    return render(request, "polling/edit.html", context, status=status_of(form))
