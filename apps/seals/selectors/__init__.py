"""What pages and programs read of seals; each within the viewer's reach."""

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.reach import admin_reach
from apps.common.errors import NotFound
from apps.seals import permissions
from apps.seals.enums import SealState, UseState
from apps.seals.models import KeyMedium, Seal, SealLog, SealUse, UseBatch


def list_seals(viewer: User, *, text: str = "", state: str = "", kind: str = "") -> QuerySet[Seal]:
    """Will list the seals in the viewer's reach, the newest first, without their pictures."""
    found = Seal.objects.filter(permissions.seals_q(viewer)).select_related("unit")
    if text:
        found = found.filter(
            Q(name__icontains=text) | Q(code__istartswith=text) | Q(unit__name__icontains=text)
        )
    if state:
        found = found.filter(state=state)
    if kind:
        found = found.filter(kind=kind)
    return found.defer("picture").order_by("-pk")


def get_seal(viewer: User, *, pk: int) -> Seal:
    """Raises: NotFound (no such seal, or not for this viewer)."""
    found = Seal.objects.filter(permissions.seals_q(viewer), pk=pk)
    seal = found.select_related("unit", "applied_by", "approved_by", "ending_asked_by").first()
    if seal is None:
        raise NotFound(_("没有这枚印章"))
    return seal


def usable_seals(person: User) -> QuerySet[Seal]:
    """Will list the seals in use that the person's posts may ask for."""
    granted = permissions.grants_in_force(person).values("seal")
    found = Seal.objects.filter(state=SealState.ACTIVE, pk__in=granted).select_related("unit")
    return found.defer("picture").order_by("name", "pk")


def seal_names() -> dict[str, str]:
    """Will name the seals in use by code, for definitions that hand out sealed documents."""
    found = Seal.objects.filter(state=SealState.ACTIVE).order_by("name", "pk")
    return dict(found.values_list("code", "name"))


def list_uses(
    viewer: User, *, text: str = "", state: str = "", mine: bool = False
) -> QuerySet[SealUse]:
    """Will list the requests the viewer may see, the newest first; mine: only one's own."""
    found = SealUse.objects.filter(permissions.uses_q(viewer))
    if text:
        found = found.filter(
            Q(title__icontains=text) | Q(number__istartswith=text) | Q(case_number=text)
        )
    if state:
        found = found.filter(state=state)
    if mine:
        found = found.filter(requested_by=viewer)
    return (
        found.select_related("requested_by", "unit")
        .prefetch_related("placements__seal")
        .order_by("-pk")
    )


def get_use(viewer: User, *, pk: int) -> SealUse:
    """Raises: NotFound (no such request, or not for this viewer)."""
    found = SealUse.objects.filter(permissions.uses_q(viewer), pk=pk).select_related(
        "requested_by", "approved_by", "unit", "document", "sealed", "batch"
    )
    use = found.first()
    if use is None:
        raise NotFound(_("没有这项用印申请"))
    return use


def get_batch(viewer: User, *, pk: int) -> UseBatch:
    """Raises: NotFound (none whose requests the viewer may see)."""
    seen = SealUse.objects.filter(permissions.uses_q(viewer)).values("batch")
    batch = UseBatch.objects.filter(Q(requested_by=viewer) | Q(pk__in=seen), pk=pk).first()
    if batch is None:
        raise NotFound(_("没有这个批次"))
    return batch


def batch_progress(batch: UseBatch) -> dict[str, int]:
    """Will count the requests of a batch by state; ``reading``: not yet read by a worker;
    ``unfit``: became no request; ``ended``: nothing more to do."""
    counts = dict(batch.uses.values_list("state").annotate(n=Count("pk")))
    counts["total"] = batch.total
    counts["reading"] = batch.papers.filter(due_at__isnull=False).count()
    counts["unfit"] = batch.papers.exclude(trouble="").count()
    counts["ended"] = counts["unfit"] + sum(
        counts.get(state, 0)
        for state in (UseState.SEALED, UseState.FAILED, UseState.REFUSED, UseState.WITHDRAWN)
    )
    return counts


def list_media(viewer: User, *, state: str = "") -> QuerySet[KeyMedium]:
    """Will list the key media of the units the viewer keeps or sees."""
    near = permissions.reach_q(admin_reach(viewer, permissions.KEEP, permissions.VIEW))
    found = KeyMedium.objects.filter(near).select_related("unit", "seal", "holder")
    found = found.defer("seal__picture")
    return (found.filter(state=state) if state else found).order_by("serial")


def get_medium(viewer: User, *, pk: int) -> KeyMedium:
    """Raises: NotFound."""
    medium = list_media(viewer).filter(pk=pk).first()
    if medium is None:
        raise NotFound(_("没有这个密钥介质"))
    return medium


def list_log(viewer: User, **wanted: Any) -> QuerySet[SealLog]:
    """Will list the tries to use seals of the viewer's reach, or by the viewer; the newest first.

    wanted: text (part of person, or number), result ("done", "refused"), since, until (dates).
    """
    reach = admin_reach(viewer, permissions.KEEP, permissions.APPROVE, permissions.VIEW)
    near = Q(person_id=viewer.pk) | permissions.reach_q(reach, "seal__unit")
    everything = viewer.has_perm("audit.read_audit") and not reach.is_anywhere
    found = (
        SealLog.objects.all() if everything or reach.everything else SealLog.objects.filter(near)
    )
    if text := wanted.get("text"):
        found = found.filter(
            Q(person_name__icontains=text) | Q(use_number=text) | Q(digest__startswith=text)
        )
    if result := wanted.get("result"):
        found = found.filter(is_done=result == "done")
    if since := wanted.get("since"):
        found = found.filter(at__date__gte=since)
    if until := wanted.get("until"):
        found = found.filter(at__date__lte=until)
    return found.select_related("seal", "issue").defer(
        "seal__picture", "issue__picture", "issue__structure"
    )
