"""What an agent does with a call in hand: hold, ask a colleague, hand it on, call back.

Rights and states are looked at and the deed is logged in a transaction; the exchange is called
after it, and what really happened comes back as its events. Source: HL-04; GB/T 33358 (三方通话).
"""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.callcentre.enums import PresenceState
from apps.callcentre.errors import NotOnCall
from apps.callcentre.models import Agent, Leg
from apps.callcentre.services.presence import current_of
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.http import CallFailed
from apps.hotline import permissions as hotline
from apps.hotline.enums import LegRole
from apps.hotline.models import Call
from apps.hotline.selectors.calls import get_call
from apps.hotline.telephony import exchange

#: Deeds with a colleague who must be free, and those with the one already asked.
TO_FREE = ("transfer", "consult")
TO_ASKED = ("complete", "join", "withdraw")
ALONE = ("hold", "resume")
DEEDS = (*ALONE, *TO_FREE, *TO_ASKED)


def control(actor: User, *, call_id: int, deed: str, to_id: int | None = None) -> None:
    """Will do one of ``DEEDS`` with the call the actor is on. to_id: the other agent.

    Raises: NotFound (call, or colleague of another body); NotAllowed; NotOnCall; InvalidInput
        (fields "deed", "to"); Refused (the colleague is busy; the exchange does not answer).
    """
    exchange_id, names = _prepare(actor, call_id, deed, to_id)
    try:
        getattr(exchange(), deed)(exchange_id=exchange_id, **names)
    except CallFailed as error:
        raise Refused(_("话务系统没有应答，请重试")) from error


def call_back(actor: User, *, call_id: int) -> str:
    """Will ring the caller of an earlier call from the actor's telephone.

    Gives the exchange's number of the new call. Raises: NotFound; NotAllowed; Refused (number
        withheld; the exchange does not answer).
    """
    with transaction.atomic():
        hotline.require_take_calls(actor)
        call = get_call(actor, call_id)
        if not call.phone:
            raise Refused(_("来电未显示号码，无法回拨"))
        _note(actor, call, "call_back")
    try:
        return exchange().dial(agent=actor.username, line=call.line.number, phone=call.phone)
    except CallFailed as error:
        raise Refused(_("话务系统没有应答，请重试")) from error


@transaction.atomic
def _prepare(actor: User, call_id: int, deed: str, to_id: int | None) -> tuple[str, dict[str, str]]:
    hotline.require_take_calls(actor)
    if deed not in DEEDS:
        raise InvalidInput(_("没有这种通话操作"), field="deed")
    call = get_call(actor, call_id)
    legs = list(
        Leg.objects.select_related("agent__user", "agent__group").filter(call=call, ended_at=None)
    )
    own = next(
        (leg for leg in legs if leg.agent.user_id == actor.pk and leg.answered_at is not None), None
    )
    if own is None:
        raise NotOnCall(_("您不在这通电话上"))
    names = {"agent": actor.username}
    if deed in TO_FREE:
        names["to"] = _free(actor, own.agent, to_id)
    elif deed in TO_ASKED:
        asked = next((leg for leg in legs if leg.role == LegRole.CONSULT), None)
        if asked is None:
            raise NotOnCall(_("没有正在咨询的同事"))
        if deed != "withdraw" and asked.answered_at is None:
            raise Refused(_("同事尚未接听"))
        names["agent" if deed == "withdraw" else "to"] = asked.agent.user.username
    _note(actor, call, deed, names.get("to", ""))
    return call.exchange_id, names


def _free(actor: User, own: Agent, to_id: int | None) -> str:
    colleague = (
        Agent.objects.select_related("user")
        .filter(pk=to_id or 0, is_active=True, group__tenant_id=own.group.tenant_id)
        .exclude(user=actor)
        .first()
    )
    if colleague is None:
        raise NotFound(_("没有这位话务员"))
    current = current_of(colleague)
    if current is None or current.state != PresenceState.FREE:
        raise Refused(_("%s 现在不空闲") % colleague, field="to")
    return colleague.user.username


def _note(actor: User, call: Call, deed: str, to: str = "") -> None:
    audit.record(
        actor,
        f"callcentre.{deed}",
        object_type="call",
        object_id=call.pk,
        object_label=call.exchange_id,
        data={"to": to} if to else {},
    )
