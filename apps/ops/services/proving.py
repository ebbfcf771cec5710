"""Automatic proof that a repair worked: asked of the app that can find out (VD-06, OP-10)."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.services import SYSTEM, Actor
from apps.common import clock
from apps.common.errors import NotAllowed, Refused
from apps.ops import permissions
from apps.ops.models import Proof, WorkOrder
from apps.ops.registry import Asked, Found, find_proof
from apps.ops.services._shared import lock_order, note, seen_order


def prove(order_id: int, actor: Actor = SYSTEM) -> Proof | None:
    """Will ask whether the latest repair of an order worked, and keep the answer with it.

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
        found = known.prove(Asked(order.asset, order.fault_kind.code, repair.to_at))
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
    proof = prove(order_id, actor)
    if proof is None:
        raise Refused(_("该工单目前没有可核验的维修"))
    return proof
