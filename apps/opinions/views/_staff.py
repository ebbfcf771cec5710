"""What the staff pages of this app share."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.common import files
from apps.common.models import StoredFile
from apps.common.pages import tabs_of
from apps.opinions import permissions
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
    open_to = [
        (name, label)
        for name, label, rights in PAGES
        if any(viewer.has_perm(right) for right in rights)
    ]
    return tabs_of("opinions", current, open_to)


def areas() -> QuerySet[Area]:
    """Will give the areas a notice may be about: districts and streets of today."""
    found = Area.objects.filter(valid_to__isnull=True, level__depth__lte=STREET_DEPTH)
    return found.exclude(parent=None).defer("boundary").order_by("path")


def sent_papers(request: HttpRequest, name: str) -> Sequence[tuple[StoredFile, str]]:
    """Will store the papers sent under a name. Raises: InvalidInput."""
    uploads = [upload for upload in request.FILES.getlist(name) if upload][:10]
    return [(files.store(upload, allow=PAPERS), upload.name or "") for upload in uploads]
