"""Key media issued, bound, lent, returned, lost, revoked. Source: ES-04."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.seals import permissions
from apps.seals.enums import MediumKind, MediumState, SealState
from apps.seals.models import KeyMedium, MediumEvent, Seal
from apps.seals.services._shared import before, lock_seal, note
from apps.seals.services.life import require_reason

_OF_MEDIUM = ("state", "seal_id", "holder_id", "due_on")


@dataclass(frozen=True)
class NewMedium:
    """See ``KeyMedium``."""

    serial: str
    kind: str
    unit: Organization


@transaction.atomic
def issue_medium(actor: User, *, new: NewMedium) -> KeyMedium:
    """Will enter a medium into the register (发放).

    Raises: NotAllowed; InvalidInput (fields "serial", "kind").
    """
    permissions.require_over(actor, permissions.KEEP, new.unit)
    serial = new.serial.strip()[:40]
    if len(serial) < 3:
        raise InvalidInput(_("请填写介质编号"), field="serial")
    if new.kind not in MediumKind.values:
        raise InvalidInput(_("请选择介质类别"), field="kind")
    if KeyMedium.objects.filter(serial=serial).exists():
        raise InvalidInput(_("该介质编号已登记"), field="serial")
    medium = KeyMedium.objects.create(
        serial=serial, kind=new.kind, unit=new.unit, issued_at=clock.now()
    )
    _note(actor, medium, "issued", {})
    return medium


@transaction.atomic
def bind_medium(actor: User, *, medium_id: int, seal: Seal) -> KeyMedium:
    """Will bind a medium to a seal of the same unit. Locks it. Raises: NotFound; NotAllowed;
    Refused; InvalidInput (field "seal")."""
    medium = _lock(actor, medium_id, MediumState.ISSUED)
    if seal.unit_id != medium.unit_id:
        raise InvalidInput(_("介质和印章须属同一单位"), field="seal")
    was = audit.snapshot(medium, *_OF_MEDIUM)
    medium.seal, medium.state = seal, MediumState.BOUND
    medium.save(update_fields=["seal", "state"])
    _note(actor, medium, "bound", was, text=str(seal))
    return medium


@transaction.atomic
def lend_medium(actor: User, *, medium_id: int, to: User, due_on: date) -> KeyMedium:
    """Will hand a medium to a person until a day (借出). Locks it. Raises: NotFound; NotAllowed;
    Refused; InvalidInput (fields "to", "due_on")."""
    medium = _lock(actor, medium_id, MediumState.ISSUED, MediumState.BOUND)
    if not to.is_active or to.pk == actor.pk:
        raise InvalidInput(_("保管人不能借给自己或停用的人员"), field="to")
    if due_on < clock.today():
        raise InvalidInput(_("应还日期不能早于今天"), field="due_on")
    was = audit.snapshot(medium, *_OF_MEDIUM)
    medium.holder, medium.due_on, medium.state = to, due_on, MediumState.LENT
    medium.save(update_fields=["holder", "due_on", "state"])
    _note(actor, medium, "lent", was, text=to.display_name)
    return medium


@transaction.atomic
def return_medium(actor: User, *, medium_id: int) -> KeyMedium:
    """Will take a medium back into the store (归还). Locks it. Raises: NotFound; NotAllowed;
    Refused (it is not lent)."""
    medium = _lock(actor, medium_id, MediumState.LENT)
    was = audit.snapshot(medium, *_OF_MEDIUM)
    medium.holder = medium.due_on = None
    medium.state = MediumState.BOUND if medium.seal_id else MediumState.ISSUED
    medium.save(update_fields=["holder", "due_on", "state"])
    _note(actor, medium, "returned", was)
    return medium


@transaction.atomic
def lose_medium(actor: User, *, medium_id: int, reason: str) -> KeyMedium:
    """Will report a medium lost (挂失); the seal bound to it is out of use at once.

    Locks the medium, then the seal. Raises: NotFound; NotAllowed; Refused; InvalidInput.
    """
    why = require_reason(reason)
    medium = _lock(actor, medium_id, MediumState.ISSUED, MediumState.BOUND, MediumState.LENT)
    _stop(actor, medium, MediumState.LOST, "lost", why)
    return medium


@transaction.atomic
def revoke_medium(actor: User, *, medium_id: int, reason: str) -> KeyMedium:
    """Will strike a medium off for good (注销); a seal in use that is bound to it stops.

    Locks the medium, then the seal. Raises: NotFound; NotAllowed; Refused; InvalidInput.
    """
    why = require_reason(reason)
    medium = _lock(actor, medium_id, MediumState.ISSUED, MediumState.BOUND, MediumState.LOST)
    _stop(actor, medium, MediumState.REVOKED, "revoked", why)
    return medium


def _stop(actor: User, medium: KeyMedium, state: MediumState, deed: str, why: str) -> None:
    was = audit.snapshot(medium, *_OF_MEDIUM)
    medium.state, medium.holder, medium.due_on = state, None, None
    medium.save(update_fields=["state", "holder", "due_on"])
    _note(actor, medium, deed, was, text=why)
    if medium.seal_id is None:
        return
    seal = lock_seal(medium.seal_id)
    if seal.state == SealState.ACTIVE:
        seal_was = before(seal)
        seal.state = SealState.SUSPENDED
        seal.attention = _("密钥介质 %(serial)s 已挂失或注销") % {"serial": medium.serial}
        seal.save(update_fields=["state", "attention"])
        note(actor, seal, "suspended", seal_was, text=seal.attention)


def _lock(actor: User, medium_id: int, *states: MediumState) -> KeyMedium:
    found = KeyMedium.objects.select_for_update(of=("self",)).select_related("unit")
    medium = found.filter(pk=medium_id).first()
    if medium is None:
        raise NotFound(_("没有这个密钥介质"))
    permissions.require_over(actor, permissions.KEEP, medium.unit)
    if medium.state not in states:
        raise Refused(
            _("密钥介质%(state)s，不能办理") % {"state": medium.get_state_display()},
            code="medium_state",
        )
    return medium


def _note(
    actor: User, medium: KeyMedium, deed: str, was: dict[str, object], *, text: str = ""
) -> None:
    MediumEvent.objects.create(
        medium=medium, at=clock.now(), deed=deed, state=medium.state,
        actor_name=actor.log_name[:100], note=text[:200],
    )  # fmt: skip
    audit.record(
        actor,
        f"key_medium.{deed}",
        object_type="seals.medium",
        object_id=medium.pk,
        object_label=medium.serial,
        data={**audit.changes(was, audit.snapshot(medium, *_OF_MEDIUM)), "note": text},
    )
