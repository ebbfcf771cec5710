"""A citizen's report goes to its unit with no person, where a city wants that and all is sure.

Only a report people did not take in by themselves, without warning, secrecy or haste; only a
class the model alone is sure of; only a unit the rules name. The reason is kept either way, and
a dispatcher takes it back with 收回派单. Source: HL-18, docs/decisions/0074.
"""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit.services import SYSTEM
from apps.common import dictionaries
from apps.common.errors import DomainError
from apps.common.phrases import series
from apps.hotline.enums import AutoDispatch, ComplaintFamily, SwitchState
from apps.hotline.models import Demand, DispatchSwitch
from apps.hotline.selectors.vocabulary import CLASS_DICTIONARY
from apps.matters.enums import Channel, Priority
from apps.matters.models import Case
from apps.matters.services import dispatch_data, perform
from apps.nlp.danger import Alert
from apps.nlp.selectors import Offered

#: Nobody listened to these reports when they came.
ALONE = (Channel.WEB, Channel.WECHAT, Channel.APP, Channel.EMAIL, Channel.SMS)


def is_switched_on(tenant_id: int) -> bool:
    """Will tell whether the newest agreed wish of a body is to dispatch with no person."""
    agreed = DispatchSwitch.objects.filter(tenant_id=tenant_id, state=SwitchState.AGREED)
    return bool(agreed.order_by("-decided_at", "-id").values_list("is_on", flat=True).first())


def dispatch_alone(
    demand: Demand, offered: Offered, alerts: Sequence[Alert]
) -> tuple[AutoDispatch, str]:
    """Will accept and dispatch a demand if everything is sure; gives what was done and why."""
    case = demand.case
    if case.channel not in ALONE or not is_switched_on(case.tenant_id):
        return AutoDispatch.OFF, ""
    if doubt := _doubt(demand, offered, alerts):
        return AutoDispatch.LEFT, doubt
    why = _why(offered)
    try:
        with transaction.atomic():
            unit = _send(case, offered.filled, why)
    except DomainError as refusal:
        return AutoDispatch.LEFT, str(refusal)[:500]
    return AutoDispatch.DONE, f"{why}；{unit}"[:500]


def _doubt(demand: Demand, offered: Offered, alerts: Sequence[Alert]) -> str:
    """Why a person has to look, in words; empty when nobody needs to."""
    case = demand.case
    if alerts:
        return _("内容有警示用语")
    if demand.is_secret or demand.family != ComplaintFamily.NONE:
        return _("要求保密或属专项投诉")
    if case.priority != Priority.NORMAL:
        return _("紧急诉求须人工受理")
    if not offered.filled:
        return _("没有类别达到自动填写阈值")
    if case.class_code and case.class_code != offered.filled:
        return _("反映人所选类别与识别结果不同")
    return ""


def _why(offered: Offered) -> str:
    offer = offered.offers[0]
    return _(
        "识别为“%(label)s”，概率 %(chance)d%%，阈值 %(least)d%%，模型 v%(version)s，依据“%(words)s”"
    ) % {
        "label": dictionaries.label(CLASS_DICTIONARY, offer.code),
        "chance": int((offer.model or 0) * 100),
        "least": int((offer.threshold or 0) * 100),
        "version": offered.version,
        "words": series(offer.words),
    }


def _send(case: Case, class_code: str, why: str) -> str:
    """Accepts and dispatches as the product; gives what the rules said. Raises: DomainError."""
    key = f"alone:{case.pk}"
    note = _("自动受理派单：%s") % why
    accepted = perform(
        SYSTEM,
        case_id=case.pk,
        action="accept",
        data={"class_code": class_code, "priority": case.priority, "note": note},
        key=f"{key}:accept",
    ).case
    data = dispatch_data(accepted, {}) | {"note": note}
    perform(SYSTEM, case_id=case.pk, action="dispatch", data=data, key=f"{key}:dispatch")
    return accepted.proposal.explanation if accepted.proposal else ""
