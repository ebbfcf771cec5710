"""What a colleague would see: menu, rights, reach and queues, without acting as them.

For who grants rights: before and after a change, and when somebody asks why a page is missing.
Source: AC-06.
"""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts.models import Organization, User
from apps.accounts.past import HeldPost, rights_on
from apps.accounts.selectors import get_user, permission_names, scope_of
from apps.audit.services import record
from apps.common import clock
from apps.common.paging import CappedCount
from apps.common.phrases import series
from apps.matters.selectors import count_tabs, queues_for, visible_cases
from apps.places.models import Area
from apps.portal.menu import build_menu

COUNTED_AT_MOST = 1_000


@dataclass(frozen=True)
class PreviewedPost:
    """One post held today, and what people call the rights it gives."""

    held: HeldPost
    roles: str
    rights: list[str]


@require_GET
@login_required
@permission_required("accounts.manage_roles", raise_exception=True)
def preview(request: HttpRequest, user_id: int) -> HttpResponse:
    """Shows the portal of another person as a list; that it was looked at is in the log."""
    viewer = request.user
    assert isinstance(viewer, User)
    person = get_user(viewer, user_id)
    scope = scope_of(person)
    record(
        viewer,
        "rights.previewed",
        object_type="accounts.user",
        object_id=person.pk,
        object_label=person.full_name,
    )
    context = {
        "person": person,
        "menu_shown": build_menu(request, person) if person.is_active else [],
        "posts": _posts(person),
        "scope": scope,
        "areas": Area.objects.filter(path__in=scope.area_paths).order_by("path"),
        "units": Organization.objects.filter(path__in=scope.organization_paths).order_by("path"),
        "cases": CappedCount(visible_cases(person)[:COUNTED_AT_MOST].count()),
        "queues": _queues(person),
    }
    return render(request, "portal/preview.html", context)


def _queues(person: User) -> list[tuple[str, list[str]]]:
    """Each queue of the person and how many wait in each of its piles."""
    found = []
    for queue in queues_for(person):
        counts = count_tabs(person, queue)
        piles = [f"{tab.label} {counts[tab.code]}" for tab in queue.tabs if tab.code in counts]
        found.append((str(queue.label), piles))
    return found


def _posts(person: User) -> list[PreviewedPost]:
    held_today = rights_on(clock.today(), users=[person.pk]).posts
    return [
        PreviewedPost(
            held=held,
            roles=series(role.name for role in held.post.roles.order_by("code")) or "—",
            rights=permission_names(held.permissions),
        )
        for held in held_today
    ]
