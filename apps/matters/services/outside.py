"""Results from outside systems: found, matched to an action, or noted on the case.

Nothing that was sent is lost: what cannot be acted on stays in the inbox with the reason, and
people may have it tried again. Source: MT-12.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_for, users_with_permission
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput, NotAllowed, NotFound, Refused
from apps.gateway.models import ApiClient
from apps.matters.actions import Context
from apps.matters.definition import ActionDef, definition_of
from apps.matters.enums import OutsideOutcome
from apps.matters.models import Case, ExternalReference, OutsideResult
from apps.matters.selectors.clients import usable_cases
from apps.matters.selectors.outside import MANAGE
from apps.matters.selectors.page import offered_actions
from apps.matters.selectors.visible import visible_cases
from apps.matters.services.performing import lock_case, perform, write_event

NOTED_ACTION = "outside_result"
#: Which action a status means where the sender names none; done only if the case offers it.
ACTION_OF_STATUS = {
    "signed": "sign",
    "done": "feed_back",
    "returned": "request_return",
}


@dataclass(frozen=True)
class ResultData:
    """What was sent. key: names this message for ever, 1-120 characters.

    number or outside_id: which case; both link the two. status: what happened there (signed,
    done, returned, or any word of theirs); action: an action code, goes before status.
    data: fields of that action's form. occurred_at: aware.
    """

    key: str
    status: str
    number: str = ""
    outside_id: str = ""
    action: str = ""
    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    occurred_at: datetime | None = None

    @property
    def digest(self) -> str:
        """Says the same for the same values."""
        at = self.occurred_at.isoformat() if self.occurred_at else ""
        values = [self.number, self.outside_id, self.status, self.action, self.text, at]
        told = json.dumps([*values, dict(self.data)], sort_keys=True, default=str)
        return hashlib.sha256(told.encode()).hexdigest()


@transaction.atomic
def receive_result(client: ApiClient, *, result: ResultData) -> tuple[OutsideResult, bool]:
    """Will take one result in and do with it what can be done; gives it, and if it is repeated.

    Acts as the client's service user, so only what that account may do is done. Outcomes:
    ``acted`` (an action of the case), ``noted`` (written on the case: no action fits, or the
    case is past it), ``unknown`` (no such case for this client), ``refused`` (the outside
    number already means another case). Locks the case. Links the outside number to the case.

    Raises: InvalidInput (key, number missing); Refused ``idempotency_key_reused``.
    """
    if not 1 <= len(result.key) <= 120:
        raise InvalidInput(_("去重键应为 1 至 120 个字符"), field="id")
    if not result.number and not result.outside_id:
        raise InvalidInput(_("请给出受理编号或外部编号"), field="number")
    row = OutsideResult(
        client=client,
        key=result.key,
        digest=result.digest,
        number=result.number[:20],
        outside_id=result.outside_id,
        status=result.status,
        action=result.action,
        text=result.text,
        data=dict(result.data),
        occurred_at=result.occurred_at,
        received_at=clock.now(),
        outcome=OutsideOutcome.UNKNOWN,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)  # a rival with the same key waits here
    except IntegrityError:
        earlier = OutsideResult.objects.get(client=client, key=result.key)
        if earlier.digest != result.digest:
            raise Refused(
                _("此幂等键已用于另一个不同的请求"), code="idempotency_key_reused"
            ) from None
        return earlier, True
    _process(row)
    return row, False


def note_refused_result(client: ApiClient, *, result: ResultData, code: str) -> None:
    """Will write into the audit log that a result was refused, and why. code: of the refusal."""
    audit.record(
        client.service_user,
        "outside_result.refused",
        object_type="matters.outside_result",
        object_id=result.key[:120],
        object_label=f"{client.name} {result.outside_id or result.number}"[:200],
        data={"code": code, "number": result.number, "outside_id": result.outside_id},
    )


@transaction.atomic
def reprocess_result(actor: User, *, result_id: int) -> OutsideResult:
    """Will try once more what led nowhere, for example after the case came in; audited.

    Locks the result. Raises: NotFound; NotAllowed; Refused (it is on a case already).
    """
    row = (
        OutsideResult.objects.select_for_update(of=("self",))
        .select_related("client__service_user")
        .filter(pk=result_id)
        .first()
    )
    if row is None:
        raise NotFound(_("没有这条外部结果"))
    if not scope_for(actor, MANAGE).covers_tenant(row.client.tenant_id):
        raise NotAllowed(_("您没有处理外部结果的权限"))
    if row.outcome in {OutsideOutcome.ACTED, OutsideOutcome.NOTED}:
        raise Refused(_("这条结果已经记入案件"))
    _process(row)
    audit.record(
        actor,
        "outside_result.reprocessed",
        object_type="matters.outside_result",
        object_id=row.pk,
        object_label=f"{row.client.name} {row.outside_id or row.number}",
        data={"outcome": row.outcome},
    )
    return row


def _process(row: OutsideResult) -> None:
    case, row.problem = _find_case(row)
    if case is None:
        row.outcome = OutsideOutcome.REFUSED if row.problem else OutsideOutcome.UNKNOWN
        row.problem = row.problem or _("没有这个编号的案件，或该系统无权办理")
    else:
        row.case = lock_case(case.pk)
        _act_or_note(row, row.case)
    row.save()


def _find_case(row: OutsideResult) -> tuple[Case | None, str]:
    """The case meant, and links its outside number; or why it cannot be that one."""
    linked = (
        ExternalReference.objects.filter(client_id=row.client_id, outside_id=row.outside_id)
        .select_related("case")
        .first()
        if row.outside_id
        else None
    )
    visible = usable_cases(row.client, visible_cases(row.client.service_user))
    if not row.number:
        return (visible.filter(pk=linked.case_id).first() if linked else None), ""
    case = visible.filter(number=row.number).first()
    if case is None or not row.outside_id:
        return case, ""
    if linked is not None and linked.case_id != case.pk:
        return None, _("外部编号 %(id)s 已对应案件 %(number)s") % {
            "id": row.outside_id,
            "number": linked.case.number,
        }
    if linked is None:
        ExternalReference.objects.create(
            client_id=row.client_id,
            outside_id=row.outside_id,
            case=case,
            created_at=clock.now(),
        )
    return case, ""


def _act_or_note(row: OutsideResult, case: Case) -> None:
    service_user = row.client.service_user
    action = row.action or ACTION_OF_STATUS.get(row.status, "")
    key = f"outside:{row.client_id}:{row.key}"
    if action and action in {offered.code for offered in offered_actions(service_user, case)}:
        try:
            with transaction.atomic():
                outcome = perform(
                    service_user,
                    case_id=case.pk,
                    action=action,
                    data=_form_data(row, action),
                    key=key,
                )
        except DomainError as refusal:
            row.problem = str(refusal)[:300]
        else:
            row.outcome, row.action, row.event = OutsideOutcome.ACTED, action, outcome.event
            return
        case = lock_case(case.pk)
    elif action:
        row.problem = _("案件当前不能办理“%s”，已作为说明记入") % action
    _note(row, case, key)


def _form_data(row: OutsideResult, action: str) -> dict[str, Any]:
    if action == "feed_back":
        return {"resolution": "solved", "result": row.text, "contacted": False} | row.data
    if action == "request_return":
        return {"reason": row.text} | row.data
    return dict(row.data)


def _note(row: OutsideResult, case: Case, key: str) -> None:
    ctx = Context(
        actor=row.client.service_user,
        case=case,
        definition=definition_of(case.version_id, case.version.body),
        action=ActionDef(code=NOTED_ACTION, label=_("外部系统回复"), sources=frozenset(), who=()),
        data={},
        now=clock.now(),
    )
    ctx.note = f"{row.client.name}：{row.status} {row.text}".strip()
    ctx.event_data.update(client=row.client.name, outside_id=row.outside_id, status=row.status)
    if case.unit is not None:
        ctx.notify(
            users_with_permission("matters.handle_case", organization=case.unit),
            kind="order",
            title=_("外部系统有新回复：%s") % case.title,
            body=ctx.note[:200],
        )
    row.event = write_event(ctx, _("外部系统回复"), key=key)
    row.outcome = OutsideOutcome.NOTED
