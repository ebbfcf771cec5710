"""What the deeds of this app share: locking a seal, writing its history and the log."""

from typing import Any

from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import NotFound, Refused
from apps.seals.enums import SealState
from apps.seals.models import Seal, SealEvent

_OF_SEAL = (
    "state", "name", "kind", "algorithm", "key_store", "filing_number", "filed_on", "attention",
    "ending_reason",
)  # fmt: skip


def lock_seal(seal_id: int) -> Seal:
    """Will lock a seal and give it with its unit. Raises: NotFound."""
    found = Seal.objects.select_for_update(of=("self",)).select_related("unit")
    seal = found.filter(pk=seal_id).first()
    if seal is None:
        raise NotFound(_("没有这枚印章"))
    return seal


def require_state(seal: Seal, *states: SealState) -> None:
    """Raises: Refused (the seal is not in one of these states; names its own)."""
    if seal.state not in states:
        raise Refused(
            _("印章“%(name)s”%(state)s，不能办理") % {
                "name": seal.name, "state": seal.get_state_display(),
            },
            code="seal_state",
            data={"state": seal.state},
        )  # fmt: skip


def before(seal: Seal) -> dict[str, Any]:
    """Will give what the log compares."""
    return audit.snapshot(seal, *_OF_SEAL)


def note(actor: Actor, seal: Seal, deed: str, was: dict[str, Any], *, text: str = "") -> None:
    """Will write a deed into the seal's history and into the log."""
    SealEvent.objects.create(
        seal=seal,
        at=clock.now(),
        deed=deed,
        state=seal.state,
        actor_name=str(getattr(actor, "log_name", actor.display_name))[:100],
        note=text[:300],
    )
    audit.record(
        actor,
        f"seal.{deed}",
        object_type="seals.seal",
        object_id=seal.pk,
        object_label=str(seal),
        data={**audit.changes(was, before(seal)), "note": text},
    )
