"""What a person has been told."""

from collections.abc import Iterable

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.common import journeys
from apps.notices.models import Notice

MOST_ON_BELL = 100
_ON_BELL = f"""
select person.id, counted.unread from unnest(%s::bigint[]) as person (id)
cross join lateral (
    select count(*) as unread from (
        select from notices_notice where recipient_id = person.id and read_at is null
        limit {MOST_ON_BELL}
    ) n
) counted
"""  # noqa: S608  our own words


def unread_count(user: User) -> int:
    """Will count a person's unread notices by a small partial index."""
    return Notice.objects.filter(recipient=user, read_at__isnull=True).count()


def bell_count(user: User) -> int:
    """Will count a person's unread notices as the bell shows them, see ``bell_counts``."""
    return bell_counts([user.pk])[user.pk]


def bell_counts(user_ids: Iterable[int]) -> dict[int, int]:
    """Will count the unread notices of several people at once, of each ``MOST_ON_BELL`` at most.

    The bell says "99+" for more: who comes back to thousands does not make every page, and every
    notice after that, count them all.
    """
    people = "{" + ",".join(str(user_id) for user_id in set(user_ids)) + "}"
    [found] = journeys.read(journeys.send([(_ON_BELL, [people])]))
    return dict(found)


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
