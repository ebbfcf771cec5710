"""Full lists that wait, plans of reorganisation, and the quarterly review."""

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.reach import admin_reach
from apps.common.errors import NotFound
from apps.personnel import permissions
from apps.personnel.enums import ChangeState
from apps.personnel.models import DirectorySnapshot, Reorganisation, ReviewRow, UnitReview


def list_snapshots(viewer: User) -> QuerySet[DirectorySnapshot]:
    """Will give the full lists of the bodies whose personnel the viewer arranges as a whole."""
    reach = admin_reach(viewer, permissions.MANAGE)
    found = DirectorySnapshot.objects.select_related("client", "decided_by")
    if not reach.everything:
        found = found.filter(tenant_id__in=reach.tenant_ids)
    return found.order_by("-received_at", "-pk")


def get_snapshot(viewer: User, snapshot_id: int) -> DirectorySnapshot:
    """Will give one. Raises: NotFound."""
    found = list_snapshots(viewer).filter(pk=snapshot_id).first()
    if found is None:
        raise NotFound(_("没有找到该名册。"))
    return found


def list_reorganisations(
    viewer: User, *, state: str = "", query: str = ""
) -> QuerySet[Reorganisation]:
    """Will give the changes of the viewer's units, the latest first."""
    found = Reorganisation.objects.filter(permissions.reach_q(viewer, "unit", *permissions.ANY))
    if state in ChangeState.values:
        found = found.filter(state=state)
    if text := query.strip():
        found = found.filter(Q(former_name__contains=text) | Q(new_name__contains=text))
    return found.select_related(
        "unit__tenant", "target__tenant", "filed_by", "approved_by"
    ).order_by("-on", "-pk")


def get_reorganisation(viewer: User, change_id: int) -> Reorganisation:
    """Will give one. Raises: NotFound."""
    found = list_reorganisations(viewer).filter(pk=change_id).first()
    if found is None:
        raise NotFound(_("没有找到该机构调整。"))
    return found


def list_reviews(viewer: User, *, state: str = "", query: str = "") -> QuerySet[UnitReview]:
    """Will give what the viewer's units have to answer, newest quarter first.

    Each carries ``row_count`` and ``open_count``. state: "open" or "answered".
    """
    found = UnitReview.objects.filter(permissions.reach_q(viewer, "unit", *permissions.ANY))
    if state in ("open", "answered"):
        found = found.filter(answered_at__isnull=state == "open")
    if text := query.strip():
        found = found.filter(unit__name__contains=text)
    return (
        found.select_related("round", "unit__tenant")
        .annotate(row_count=Count("rows"), open_count=Count("rows", filter=Q(rows__verdict="")))
        .order_by("-round__quarter", "unit__path")
    )


def get_review(viewer: User, review_id: int) -> UnitReview:
    """Will give one. Raises: NotFound."""
    found = list_reviews(viewer).filter(pk=review_id).first()
    if found is None:
        raise NotFound(_("没有找到该复核。"))
    return found


def rows_of(review: UnitReview) -> QuerySet[ReviewRow]:
    """Will give the rows of a review, unanswered ones first."""
    return review.rows.select_related("person").order_by("verdict", "post_name", "pk")
