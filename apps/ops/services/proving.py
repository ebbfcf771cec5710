"""Automatic proof that a repair worked: asked of the app that can find out (VD-06, OP-10)."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.services import SYSTEM, Actor
from apps.common import clock, outbox
from apps.common.errors import NotAllowed, Refused
from apps.ops import permissions
from apps.ops.enums import OrderState
from apps.ops.models import Proof, WorkOrder
from apps.ops.registry import Asked, Found, find_proof
from apps.ops.services._shared import lock_order, note, seen_order
from apps.ops.services.following import PROVE


def prove(order_id: int, actor: Actor = SYSTEM, *, since: datetime | None = None) -> Proof | None:
    """Will ask whether the latest repair of an order worked, and keep the answer with it.

    since: what was found out before does not count; None: since the repair was done.

    Nothing is asked where the kind of fault wants no proof, the order has no thing, or a manager
    has ruled already; an answer that came while somebody ruled is dropped. The app that proves
    may take seconds and is asked outside any transaction.
    """
    order = WorkOrder.objects.select_related("fault_kind", "asset__kind").get(pk=order_id)
    repair = order.repairs.order_by("-number").first()
    wanted = order.fault_kind.proof
    if repair is None or repair.is_accepted is not None or not wanted or order.asset is None:
        return None
    known = find_proof(wanted)
    if known is None:
        found = Found(None, _("自动佐证“%s”尚未接入") % wanted)
    else:
        asked = Asked(order.asset, order.fault_kind.code, since or repair.to_at)
        found = known.prove(asked)
    with transaction.atomic():
        locked = lock_order(order_id)
        if locked.repairs.filter(pk=repair.pk, is_accepted=None).exists():
            proof = Proof.objects.create(
                repair=repair, kind=wanted, passed=found.passed, text=found.text[:300],
                url=found.url[:200], at=clock.now(),
            )  # fmt: skip
            note(actor, "work_order.proved", locked, proof=proof.pk, passed=found.passed)
            return proof
    return None


def prove_again(actor: User, *, order_id: int) -> Proof:
    """Will have an answered order proved anew. Raises: NotFound; NotAllowed; Refused."""
    with transaction.atomic():
        order = seen_order(actor, order_id)
    if not (permissions.manages(actor, order) or permissions.repairs(actor, order)):
        raise NotAllowed(_("您没有确认该工单的权限"))
    proof = prove(order_id, actor, since=clock.now())
    if proof is None:
        raise Refused(_("该工单目前没有可核验的维修"))
    return proof


@transaction.atomic
def order_proofs(
    *, asset_id: int, kinds: Collection[str], key: str, even_if_proved: bool = False
) -> int:
    """Will have answered orders of a thing proved by a worker, since something new is known of it.

    kinds: of proof that learnt something. key: the same again orders nothing more. Orders whose
    proof passed are left alone unless ``even_if_proved``. Gives how many were ordered.
    """
    passed = Proof.objects.filter(
        repair__order=OuterRef("pk"), repair__is_accepted=None, passed=True
    )
    waiting = WorkOrder.objects.filter(
        asset=asset_id, case__state=OrderState.ANSWERED, fault_kind__proof__in=kinds
    )
    if not even_if_proved:
        waiting = waiting.filter(~Exists(passed))
    ids = list(waiting.order_by("pk").values_list("pk", flat=True))
    for order_id in ids:
        outbox.enqueue(PROVE, key=f"{order_id}:{key}", payload={"order": order_id})
    return len(ids)
