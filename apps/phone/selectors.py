"""Reads of what phones sent, scoped by viewer."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.selectors import area_scope_q, scope_of
from apps.common.errors import NotFound
from apps.phone.enums import DeedState
from apps.phone.models import Deed, PhonePhoto


def list_kept(viewer: User, *, settled: bool = False) -> QuerySet[Deed]:
    """Will list what was kept or is in conflict in the viewer's body and areas, newest first."""
    found = (
        Deed.objects.filter(
            state__in=[DeedState.KEPT, DeedState.CONFLICT], settled_at__isnull=not settled
        )
        .select_related("user", "settled_by")
        .order_by("-received_at", "-pk")
    )
    scope = scope_of(viewer)
    if scope.everything:
        return found
    return found.filter(area_scope_q(scope), tenant_id__in=scope.tenant_ids)


def get_kept(viewer: User, *, deed_id: int) -> Deed:
    """Will give one of them, dealt with or not. Raises: NotFound."""
    waiting = list_kept(viewer).filter(pk=deed_id).first()
    found = waiting or list_kept(viewer, settled=True).filter(pk=deed_id).first()
    if found is None:
        raise NotFound(_("没有找到这条留存"))
    return found


def photos_of_deed(deed: Deed) -> list[PhonePhoto]:
    """Will give the photographs of a deed that have arrived, in the order taken."""
    order = {digest: place for place, digest in enumerate(deed.content.get("files") or [])}
    found = PhonePhoto.objects.filter(
        user_id=deed.user_id, sha256__in=order, stored__isnull=False
    ).select_related("stored")
    return sorted(found, key=lambda photo: order[photo.sha256])
