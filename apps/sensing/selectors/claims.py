"""Batches of codes and devices that wait for a place, scoped by viewer."""

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import area_scope_q, scope_of
from apps.assets.selectors import reach_q
from apps.common.errors import NotFound
from apps.sensing.models import ClaimBatch, Device


def list_claim_batches(viewer: User) -> QuerySet[ClaimBatch]:
    """Will list the batches of the viewer's areas, newest first, with ``total`` and ``used``."""
    found = ClaimBatch.objects.select_related("profile", "area").defer("area__boundary")
    return found.filter(area_scope_q(scope_of(viewer), "area__path")).annotate(
        total=Count("codes"), used=Count("codes", filter=Q(codes__used_at__isnull=False))
    )


def get_claim_batch(viewer: User, *, pk: int) -> ClaimBatch:
    """Raises: NotFound (no such batch, or not for this viewer)."""
    batch = list_claim_batches(viewer).filter(pk=pk).first()
    if batch is None:
        raise NotFound(_("没有这批领取码"))
    return batch


def list_unplaced(viewer: User) -> QuerySet[Device]:
    """Will list devices that entered themselves and stand nowhere yet, oldest first."""
    found = Device.objects.filter(claim__is_placed=False).filter(reach_q(viewer, "asset__"))
    return found.select_related("asset__area", "claim__batch", "profile").order_by("claim__used_at")
