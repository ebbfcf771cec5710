"""Files of readings and what was wrong in them."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import NotFound
from apps.polling.models import FileProblem, ReadingFile
from apps.polling.permissions import can_keep_profiles


def list_files(viewer: User, *, text: str = "", state: str = "") -> QuerySet[ReadingFile]:
    """Will list the viewer's own files, newest first; keepers of profiles see all.

    text: part of the name.
    """
    found = ReadingFile.objects.select_related("sent_by")
    found = found.filter(Q() if can_keep_profiles(viewer) else Q(sent_by=viewer))
    if text:
        found = found.filter(name__icontains=text)
    if state:
        found = found.filter(state=state)
    return found.order_by("-created_at", "-pk")


def get_file(viewer: User, *, pk: int) -> ReadingFile:
    """Raises: NotFound (no such file, or another's)."""
    file = list_files(viewer).filter(pk=pk).first()
    if file is None:
        raise NotFound(_("没有这个读数文件"))
    return file


def problems_of(file: ReadingFile) -> QuerySet[FileProblem]:
    """Will list what was not taken of a file, by line."""
    return file.problems.order_by("line", "pk")
