"""What the staff pages of this app share."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.common import clock, files
from apps.common.models import StoredFile
from apps.common.pages import paged, tabs_by_right, take
from apps.opinions import permissions
from apps.opinions.forms import NoteForm, PaperFilterForm
from apps.places.models import Area

PAPERS = frozenset({"image", "document"})
STREET_DEPTH = 2
PAGES = (
    ("collection-list", gettext_lazy("意见征集"), permissions.PAPER_READERS),
    ("survey-list", gettext_lazy("问卷调查"), permissions.PAPER_READERS),
    ("idea-list", gettext_lazy("市民创意"), permissions.IDEA_READERS),
)


def tabs(viewer: User, current: str) -> list[dict[str, Any]]:
    """Will give the pages of this app the viewer may open."""
    return tabs_by_right(viewer, "opinions", current, PAGES)


def paper_list(
    request: HttpRequest, find: Callable[..., QuerySet[Any]], *, page: str
) -> HttpResponse:
    """Will show what units ask the public, as ``find`` lists it for the viewer and the filter."""
    viewer, form = actor_of(request), PaperFilterForm(request.GET)
    context = paged(request, find(viewer, **form.wanted())) | {
        "form": form,
        "tabs": tabs(viewer, page),
        "may_draft": viewer.has_perm(permissions.DRAFT),
        "today": clock.today(),
    }
    return render(request, f"opinions/{page.replace('-', '_')}.html", context)


def sent_back(request: HttpRequest, send: Callable[..., object]) -> NoteForm | None:
    """Will send a paper back with the note posted; gives the form where that was refused."""
    form = NoteForm(request.POST)
    if form.is_valid() and take(form, lambda: send(**form.cleaned_data)) is not None:
        messages.success(request, _("已退回起草人"))
        return None
    return form


def areas() -> QuerySet[Area]:
    """Will give the areas a notice may be about: districts and streets of today."""
    found = Area.objects.filter(valid_to__isnull=True, level__depth__lte=STREET_DEPTH)
    return found.exclude(parent=None).defer("boundary").order_by("path")


def sent_papers(request: HttpRequest, name: str) -> Sequence[tuple[StoredFile, str]]:
    """Will store the papers sent under a name. Raises: InvalidInput."""
    uploads = [upload for upload in request.FILES.getlist(name) if upload][:10]
    return [(files.store(upload, allow=PAPERS), upload.name or "") for upload in uploads]
