"""What a person has been told."""

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.notices.models import Notice


def unread_count(user: User) -> int:
    """Will count a person's unread notices by a small partial index."""
    return Notice.objects.filter(recipient=user, read_at__isnull=True).count()


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
