"""Which readers, tags and batches there are, and what a tag was on a day."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import (
    list_organizations,
    organization_scope_q,
    scope_for,
    scope_of,
)
from apps.assets.selectors import reach_q
from apps.common.errors import NotFound
from apps.tagging.models import Batch, Binding, Reader, Tag, UnknownTag
from apps.tagging.permissions import KEEP


def list_readers(viewer: User, *, text: str = "", kind: str = "") -> QuerySet[Reader]:
    """Will list the readers whose devices the viewer may see, by node.

    text: begin of the node, or part of the name.
    """
    found = Reader.objects.filter(reach_q(viewer, "device__asset__")).select_related(
        "device__asset__area", "device__presence", "device__profile"
    )
    found = found.defer("device__asset__area__boundary")
    if text:
        found = found.filter(
            Q(device__node__startswith=text) | Q(device__asset__name__icontains=text)
        )
    if kind:
        found = found.filter(kind=kind)
    return found.order_by("device__node")


def get_reader(viewer: User, *, pk: int) -> Reader:
    """Raises: NotFound (no such reader, or not for this viewer)."""
    reader = list_readers(viewer).filter(pk=pk).first()
    if reader is None:
        raise NotFound(_("没有这个读写器"))
    return reader


def list_tags(viewer: User, *, text: str = "", state: str = "") -> QuerySet[Tag]:
    """Will list the tags of the viewer's units, by number, with what they are bound to.

    text: begin of EPC or TID, or part of the name or the code of what it is bound to.
    """
    found = Tag.objects.filter(organization_scope_q(scope_of(viewer), "unit__path"))
    found = found.select_related("unit")
    if text:
        upper = text.upper()
        bound = Binding.objects.filter(until=None).filter(
            Q(asset__name__icontains=text)
            | Q(asset__code__startswith=text)
            | Q(batch__product__icontains=text)
            | Q(batch__code__startswith=text)
        )
        found = found.filter(
            Q(epc__startswith=upper) | Q(tid__startswith=upper) | Q(pk__in=bound.values("tag"))
        )
    if state:
        found = found.filter(state=state)
    return found.order_by("epc")


def get_tag(viewer: User, *, pk: int) -> Tag:
    """Raises: NotFound (no such tag, or not for this viewer)."""
    tag = list_tags(viewer).filter(pk=pk).first()
    if tag is None:
        raise NotFound(_("没有这个标签"))
    return tag


def binding_on(tag: Tag, at: datetime) -> Binding | None:
    """Will give what a tag was bound to at a moment; None where it was free."""
    found = tag.bindings.select_related("asset", "batch").filter(since__lte=at)
    return found.filter(Q(until=None) | Q(until__gt=at)).first()


def with_things(tags: Sequence[Tag]) -> list[tuple[Tag, Binding | None]]:
    """Will give each tag with what it is bound to now."""
    found = Binding.objects.filter(until=None, tag__in=[tag.pk for tag in tags])
    bound = {one.tag_id: one for one in found.select_related("asset", "batch")}
    return [(tag, bound.get(tag.pk)) for tag in tags]


def list_unknown(viewer: User) -> QuerySet[UnknownTag]:
    """Will list the tags nobody registered at the viewer's readers, the latest first."""
    found = UnknownTag.objects.filter(reach_q(viewer, "reader__device__asset__"))
    return found.select_related("reader__device__asset").order_by("-last_at", "-pk")


def list_batches(viewer: User, *, text: str = "") -> QuerySet[Batch]:
    """Will list the batches of the viewer's units, the latest first.

    text: begin of the code, or part of product, origin or producer.
    """
    found = Batch.objects.filter(organization_scope_q(scope_of(viewer), "unit__path"))
    if text:
        found = found.filter(
            Q(code__startswith=text)
            | Q(product__icontains=text)
            | Q(origin__icontains=text)
            | Q(producer__icontains=text)
        )
    return found.select_related("unit").order_by("-created_at", "-pk")


def get_batch(viewer: User, *, pk: int) -> Batch:
    """Raises: NotFound (no such batch, or not for this viewer)."""
    batch = list_batches(viewer).filter(pk=pk).first()
    if batch is None:
        raise NotFound(_("没有这个追溯批次"))
    return batch


def own_units(viewer: User) -> QuerySet[Organization]:
    """Will list the units whose tags the viewer keeps."""
    scope = scope_for(viewer, KEEP)
    keys = [u.pk for u in list_organizations(viewer) if scope.covers_organization(u.path)]
    return Organization.objects.filter(pk__in=keys).order_by("path")
