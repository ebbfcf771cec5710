"""Cases handed over to other hotlines and taken from them, with their numbers (HL-01, HL-20)."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.hotline import phones
from apps.hotline import services as hotline
from apps.hotline.enums import Nature
from apps.matters.actors import Reporter
from apps.matters.enums import Channel
from apps.matters.models import Case
from apps.matters.selectors import get_case
from apps.messaging.enums import Direction, MessageKind, MessageState, TransferState
from apps.messaging.errors import NothingToDo
from apps.messaging.models import ChannelAccount, Conversation, Message, Transfer, Turn
from apps.messaging.permissions import require_answer
from apps.messaging.registry import LineWord
from apps.messaging.services.receiving import lock_conversation
from apps.messaging.services.sending import order
from apps.messaging.services.waiting import begin_wait

REASON_MAX = 300
TITLE_MAX = 120
TEXT_MAX = 4000
_ENDED = (TransferState.RETURNED, TransferState.DONE)


@transaction.atomic
def hand_over(actor: User, *, case_id: int, account: ChannelAccount, reason: str) -> Transfer:
    """Will send a case of ours to another hotline; its number and status come back. Audited.

    The reporter's name and phone go along unless they asked for secrecy.
    Raises: NotFound (no such case for the actor); NotAllowed (not at this line's desk);
        InvalidInput (fields "line", "reason"); NothingToDo (ended, or out already).
    """
    require_answer(actor, account)
    case = Case.objects.select_for_update(of=("self",)).get(pk=get_case(actor, case_id=case_id).pk)
    if not account.is_line or not account.is_active or account.tenant_id != case.tenant_id:
        raise InvalidInput(_("请选择一条启用的外线"), field="line")
    if account.is_receive_only:
        raise InvalidInput(_("这条外线只收不发，暂不能转出"), field="line")
    if not 2 <= len(reason.strip()) <= REASON_MAX:
        raise InvalidInput(_("请填写转办理由"), field="reason")
    if case.is_ended:
        raise NothingToDo(_("案件已经结束，不能转办"))
    if Transfer.objects.filter(case=case, direction=Direction.OUT).exclude(state__in=_ENDED):
        raise NothingToDo(_("案件已转给外线，正在办理"))
    round_number = Transfer.objects.filter(case=case, direction=Direction.OUT).count() + 1
    conversation, _made = lock_conversation(account, f"{case.number}/{round_number}")
    moment = clock.now()
    made = Transfer.objects.create(
        conversation=conversation,
        case=case,
        direction=Direction.OUT,
        state=TransferState.SENT,
        reason=reason.strip(),
        by=actor,
        at=moment,
        updated_at=moment,
    )
    order(
        conversation,
        kind=MessageKind.TICKET,
        text=case.text,
        key=f"transfer:{made.pk}",
        author=actor,
        case=case,
        data=_ticket(case, reason.strip()),
    )
    _note(actor, made, "transfer.handed_over", before={})
    return made


def take_word(account: ChannelAccount, word: LineWord) -> Message:
    """Will do what another hotline says, once per number of the word.

    A ticket becomes a demand that keeps their number; a status moves the transfer on and waits
    for an agent to read it. Locks the conversation until commit.
    Raises: InvalidInput (field "number": no such transfer; what ``register_demand`` refuses).
    """
    known = Message.objects.filter(
        account=account, direction=Direction.IN, provider_id=word.provider_id
    ).first()
    if known is not None:
        return known
    return _take_ticket(account, word) if word.kind == "ticket" else _take_status(account, word)


@transaction.atomic
def _take_ticket(account: ChannelAccount, word: LineWord) -> Message:
    conversation, _made = lock_conversation(account, word.number)
    known = conversation.messages.filter(kind=MessageKind.TICKET).first()
    if known is not None:
        return known
    key = f"line:{account.code}:{word.number}"
    text = word.text.strip()
    Turn.objects.create(conversation=conversation, source_key=key, at=clock.now())
    outcome = hotline.register_demand(
        Reporter(case_id=0),
        tenant=account.tenant,
        intake=hotline.Intake(
            title=word.title[:TITLE_MAX] or text[:40],
            text=text[:TEXT_MAX],
            channel=Channel(account.channel),
            nature=Nature(account.nature),
            reporter_name=word.reporter_name,
            reporter_phone=phones.parse(word.reporter_phone) or "",
            address=word.address,
            lon=word.lon,
            lat=word.lat,
            class_code=account.class_code,
            source_key=key,
        ),
    )
    moment = clock.now()
    made = Transfer.objects.create(
        conversation=conversation,
        case=outcome.case,
        direction=Direction.IN,
        their_number=word.number,
        state=TransferState.ACCEPTED,
        at=moment,
        updated_at=moment,
    )
    _note(Reporter(case_id=0), made, "transfer.taken", before={})
    return _keep(conversation, word, MessageKind.TICKET, outcome.case)


@transaction.atomic
def _take_status(account: ChannelAccount, word: LineWord) -> Message:
    meant = Transfer.objects.select_for_update(of=("self",)).select_related(
        "conversation__account__unit", "case"
    )
    meant = meant.filter(conversation__account=account, direction=Direction.OUT)
    found = meant.filter(their_number=word.number).order_by("-id").first()
    if found is None and word.case:
        found = meant.filter(case__number=word.case).order_by("-id").first()
    if found is None:
        raise InvalidInput(_("没有转给该外线的这件工单"), field="number")
    known = Message.objects.filter(
        conversation=found.conversation, direction=Direction.IN, provider_id=word.provider_id
    ).first()
    if known is not None:  # the other of two at once was first
        return known
    before = {"state": found.state, "their_number": found.their_number}
    found.state, found.their_number = word.state, word.number
    found.updated_at = clock.now()
    found.save(update_fields=["state", "their_number", "updated_at"])
    _note(Reporter(case_id=0), found, "transfer.moved", before=before)
    message = _keep(found.conversation, word, MessageKind.STATUS, found.case)
    if word.state in _ENDED:
        begin_wait(found.conversation, at=message.at)
    return message


def _keep(conversation: Conversation, word: LineWord, kind: MessageKind, case: Case) -> Message:
    message = Message.objects.create(
        conversation=conversation,
        account_id=conversation.account_id,
        direction=Direction.IN,
        kind=kind,
        state=MessageState.RECEIVED,
        text=word.text,
        provider_id=word.provider_id,
        data={"state": word.state, "number": word.number},
        case=case,
        at=word.at,
    )
    conversation.last_at, conversation.last_text = message.at, word.text[:120]
    conversation.save(update_fields=["last_at", "last_text"])
    return message


def _ticket(case: Case, reason: str) -> dict[str, object]:
    """What goes out beside the words; nobody's name where the reporter asked for secrecy."""
    demand = getattr(case, "demand", None)
    told: dict[str, object] = {
        "number": case.number,
        "title": case.title,
        "reason": reason,
        "address": case.address,
        "class": case.class_label,
    }
    if case.point is not None:
        told |= {"lon": case.point.x, "lat": case.point.y}
    if demand is not None and not demand.is_secret and not case.is_confidential:
        told |= {
            "reporter_name": demand.reporter_name,
            "reporter_phone": demand.reporter_phone,
        }
    return told


def _note(
    actor: User | Reporter, transfer: Transfer, action: str, *, before: Mapping[str, object]
) -> None:
    after = {"state": str(transfer.state), "their_number": transfer.their_number}
    audit.record(
        actor,
        action,
        object_type="messaging.transfer",
        object_id=transfer.pk,
        object_label=transfer.case.number,
        data=audit.changes(before, after),
    )
