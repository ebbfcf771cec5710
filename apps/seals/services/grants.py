"""Who may ask for a seal, by post and matter, and what happens to seals when units change."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Post, User
from apps.audit import services as audit
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.seals import permissions
from apps.seals.enums import SealState
from apps.seals.models import Seal, SealGrant
from apps.seals.services._shared import before, lock_seal, note
from apps.seals.services.life import unit_fault

SOON = timedelta(days=30)  # before a certificate ends


@dataclass(frozen=True)
class NewGrant:
    """See ``SealGrant``."""

    post: Post
    matter: str
    quota: int | None
    from_on: date
    to_on: date | None


@transaction.atomic
def grant_use(actor: User, *, seal_id: int, new: NewGrant) -> SealGrant:
    """Will let the holders of a post ask for a seal. Locks the seal; audited.

    Raises: NotFound; NotAllowed; Refused (the seal is destroyed, the same grant is in force);
        InvalidInput (fields "post", "quota", "to_on").
    """
    seal = lock_seal(seal_id)
    permissions.require_over(actor, permissions.KEEP, seal.unit)
    if seal.state in (SealState.DESTROYING, SealState.DESTROYED, SealState.REFUSED):
        raise Refused(_("印章已销毁，不能授权"))
    if new.post.organization.tenant_id != seal.unit.tenant_id:
        raise InvalidInput(_("不能授权给其他租户的岗位"), field="post")
    if new.quota is not None and new.quota < 1:
        raise InvalidInput(_("次数至少为 1"), field="quota")
    if new.to_on is not None and new.to_on < new.from_on:
        raise InvalidInput(_("止日不能早于起日"), field="to_on")
    same = seal.grants.filter(post=new.post, matter=new.matter.strip(), ended_at__isnull=True)
    if same.exists():
        raise Refused(_("该岗位已有同样的授权"), code="grant_exists")
    grant = SealGrant.objects.create(
        seal=seal, post=new.post, matter=new.matter.strip()[:80], quota=new.quota,
        from_on=new.from_on, to_on=new.to_on, granted_by=actor,
    )  # fmt: skip
    note(actor, seal, "granted", before(seal), text=f"{new.post} {grant.matter}".strip())
    return grant


@transaction.atomic
def end_grant(actor: User, *, grant_id: int) -> SealGrant:
    """Will take a grant back; a second time changes nothing. Locks it; audited.

    Raises: NotFound; NotAllowed.
    """
    found = SealGrant.objects.select_for_update(of=("self",)).select_related("seal__unit", "post")
    grant = found.filter(pk=grant_id).first()
    if grant is None:
        raise NotFound(_("没有这项授权"))
    permissions.require_over(actor, permissions.KEEP, grant.seal.unit)
    if grant.ended_at is None:
        grant.ended_at = clock.now()
        grant.save(update_fields=["ended_at"])
        note(actor, grant.seal, "grant_ended", before(grant.seal), text=str(grant.post))
    return grant


def follow_units() -> int:
    """Will put seals out of use whose unit was closed, merged or renamed; gives how many.

    Asked of the register itself and not by a signal, so that no way of changing a unit is
    forgotten; sealing asks the same at every use. Run twice it changes nothing more.
    """
    stopped = 0
    alive = (SealState.ACTIVE, SealState.FILED)
    for pk in Seal.objects.filter(state__in=alive).values_list("pk", flat=True):
        with transaction.atomic():
            seal = lock_seal(pk)
            fault = unit_fault(seal) if seal.state in alive else ""
            if fault:
                was = before(seal)
                seal.state, seal.attention = SealState.SUSPENDED, fault[:200]
                seal.save(update_fields=["state", "attention"])
                note(SYSTEM, seal, "unit_changed", was, text=fault)
                stopped += 1
    return stopped


def follow_expiry() -> int:
    """Will write on seals that their certificate ends within thirty days, or has ended."""
    soon = clock.now() + SOON
    told = 0
    ending = Seal.objects.filter(
        state=SealState.ACTIVE, attention="", issues__ended_at__isnull=True,
        issues__not_after__lt=soon,
    )  # fmt: skip
    for seal in ending:
        issue = seal.issues.get(ended_at__isnull=True)
        seal.attention = _("证书将于 %(on)s 到期，请重新制作") % {
            "on": f"{issue.not_after:%Y-%m-%d}"
        }
        told += Seal.objects.filter(pk=seal.pk, attention="").update(attention=seal.attention)
        audit.record(
            SYSTEM, "seal.certificate_ending", object_type="seals.seal", object_id=seal.pk,
            object_label=str(seal), data={"on": f"{issue.not_after:%Y-%m-%d}"},
        )  # fmt: skip
    return told
