"""What an answer about a closed case does: kept as scores, and a bad one makes work of it.

Nothing is closed here, the case is closed already. A bad answer goes the way the matter leaves
open: the case goes round again (重办) while its days and rounds allow, else what the citizen
said becomes a new case beside the old one. Source: HL-14, HL-17.
"""

from typing import Any

from django.utils.translation import gettext as _

from apps.audit.services import SYSTEM
from apps.callbacks.enums import Outcome
from apps.callbacks.models import CallbackTask
from apps.common.errors import NotAllowed
from apps.hotline.enums import Nature
from apps.hotline.models import Demand
from apps.hotline.services import Intake, register_demand
from apps.matters.actors import CaseActor
from apps.matters.enums import Channel, LinkKind
from apps.matters.errors import ActionNotPossible
from apps.matters.models import Case
from apps.matters.services import link_cases, perform, score_by_call

TITLE_MOST = 120


def act_on_closed(actor: CaseActor, task: CallbackTask, answer: Any, *, is_bad: bool) -> str:
    """Will keep what the citizen said of a closed case and give the step taken.

    answer: a ``calling.Answer``, checked. "close": nothing more; "redo": the case goes round
    again; "new": ``task.follow_up`` is set to the case just registered. The call-back is locked.
    Raises: what ``matters.perform`` and ``register_demand`` raise, but for a redo refused.
    """
    case = Case.objects.select_related("tenant", "unit").get(pk=task.case_id)
    if answer.outcome != Outcome.REACHED:
        return "close"
    score_by_call(
        actor,
        case_id=case.pk,
        result=answer.result_score,
        acceptance=answer.acceptance_score,
        solved=answer.solved,
        comment=answer.comment,
    )
    if not is_bad:
        return "close"
    try:
        perform(
            actor,
            case_id=case.pk,
            action="redo",
            data={"reason": answer.comment},
            key=f"callback:{task.pk}:redo",
        )
    except (ActionNotPossible, NotAllowed):  # too late, too often, or not in this matter
        task.follow_up = _registered_anew(actor, task, case, answer.comment)
        return "new"
    return "redo"


def _registered_anew(actor: CaseActor, task: CallbackTask, case: Case, said: str) -> Case:
    demand = Demand.objects.get(case=case)
    text = _("办结后回访：反映人表示 %(number)s 未解决或不满意：%(said)s")
    intake = Intake(
        title=(_("回访不满意：%s") % case.title)[:TITLE_MOST],
        text=text % {"number": case.number, "said": said},
        channel=Channel.PHONE,
        nature=Nature(demand.nature),
        reporter_name=demand.reporter_name,
        reporter_phone=demand.reporter_phone,
        lon=case.point.x if case.point else None,
        lat=case.point.y if case.point else None,
        address=case.address,
        class_code=case.class_code,
        is_secret=demand.is_secret,
        source_key=f"callback:{task.pk}",
    )
    new = register_demand(actor, tenant=case.tenant, intake=intake).case
    link_cases(SYSTEM, source_id=new.pk, target_id=case.pk, kind=LinkKind.RELATED)
    return new
