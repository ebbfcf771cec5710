"""Enforcement media as people may see it, and runs of the catalogue. Source: VD-15, VD-01."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import NotFound
from apps.video import permissions
from apps.video.models import EnforcementMedia, ExchangeRun, Platform


def list_media(
    viewer: User, *, text: str = "", media_class: str = "", held: bool = False
) -> QuerySet[EnforcementMedia]:
    """Will list the recordings of the viewer's areas or units, newest first.

    text: part of title or label, a case number, or the officer. held: only those kept for a case.
    """
    found = EnforcementMedia.objects.filter(permissions.media_q(viewer)).select_related(
        "unit", "area", "uploaded_by", "file"
    )
    if text:
        found = found.filter(
            Q(title__icontains=text) | Q(label__icontains=text) | Q(case_number=text)
            | Q(recorder_name=text)
        )  # fmt: skip
    if media_class:
        found = found.filter(media_class=media_class)
    return (found.filter(is_held=True) if held else found).defer("area__boundary")


def get_media(viewer: User, *, pk: int) -> EnforcementMedia:
    """Raises: NotFound (none, or not for this viewer)."""
    found = list_media(viewer).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这份执法视音频"))
    return found


def list_runs(platform: Platform) -> QuerySet[ExchangeRun]:
    """Will list the exchanges with a platform, newest first."""
    return platform.runs.prefetch_related("problems")
