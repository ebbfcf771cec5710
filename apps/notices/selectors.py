"""What a person has been told."""

from collections.abc import Iterable

from django.db.models import Count, QuerySet

from apps.accounts.models import User
from apps.notices.models import Notice


def unread_count(user: User) -> int:
    """Will count a person's unread notices by a small partial index."""
    return Notice.objects.filter(recipient=user, read_at__isnull=True).count()


def unread_counts(user_ids: Iterable[int]) -> dict[int, int]:
    """Will count the unread notices of several people at once; who has none is left out."""
    unread = Notice.objects.filter(recipient_id__in=user_ids, read_at__isnull=True)
    counted = unread.order_by().values_list("recipient_id").annotate(Count("id"))
    return dict(counted)


def list_notices(user: User, *, unread: bool = False, kind: str = "") -> QuerySet[Notice]:
    """Will give a person's notices, newest first."""
    found = Notice.objects.filter(recipient=user).order_by("-id")
    if unread:
        found = found.filter(read_at__isnull=True)
    return found.filter(kind=kind) if kind else found


def list_kinds(user: User) -> list[str]:
    """Will give the kinds among a person's notices, in alphabetical order."""
    kinds = Notice.objects.filter(recipient=user).order_by("kind").values_list("kind", flat=True)
    return list(kinds.distinct())
