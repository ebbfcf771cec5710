"""Groups of voices: joined and undone by the engine's own actions, answered once for all.

Rows follow the engine's events in their transaction (``follow_merging``), so a merge through the
case page, REST or a batch leaves the same trace as one from here.
"""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.services import changes, record, snapshot
from apps.common import clock, outbox
from apps.common.errors import InvalidInput, NotFound
from apps.common.journeys import Statement
from apps.common.models import OutboxMessage
from apps.common.questions import Question
from apps.matters.models import Case, CaseEvent
from apps.matters.selectors import visible_cases
from apps.matters.services import ANSWERS, perform, tell_merged
from apps.voices.models import Voice, VoiceGroup
from apps.voices.permissions import require_answer

#: Topic of the outbox: the main case's public words go on to the voices.
RELAY = "voices.relay"
ANSWER_MAX = 1000
_GROUP = Question(lambda case: VoiceGroup.objects.filter(main_id=case))


def join(
    actor: User,
    *,
    case_id: int,
    main_id: int,
    reason: str,
    answer: str = "",
    score: float | None = None,
    reasons: list[str] | None = None,
) -> Voice:
    """Will let a case wait for the result of another one; its reporter is told at once.

    answer: for a main case that has its result already: what this reporter is answered. score,
    reasons: of the search that proposed it. Asked again for the same two, nothing changes.

    Raises: NotFound (a case the actor may not see); what ``perform`` of 合并 refuses.
    Source: TX-02.
    """
    seen = visible_cases(actor)
    main = seen.filter(pk=main_id).values_list("number", flat=True).first()
    if main is None or not seen.filter(pk=case_id).exists():
        raise NotFound(_("没有这个案件，或您无权查看"))
    live = Voice.objects.filter(case_id=case_id, left_at=None)
    earlier = live.filter(group__main_id=main_id).first()
    if earlier is not None:
        return earlier
    with transaction.atomic():
        perform(
            actor,
            case_id=case_id,
            action="merge",
            data={"number": main, "reason": reason, "answer": answer},
        )
        voice = live.get()
        if reasons:
            voice.score, voice.reasons = score, reasons
            voice.save(update_fields=["score", "reasons"])
    return voice


def leave(actor: User, *, voice_id: int, reason: str) -> Voice:
    """Will undo a merge: the case goes on by itself, with the time it had left.

    Raises: NotFound (no such voice, a case the actor may not see); what ``perform`` of 撤销合并
    refuses (already undone, the reporter has scored the result). Source: TX-02.
    """
    seen = visible_cases(actor).values("pk")
    voice = Voice.objects.filter(pk=voice_id, case__in=seen).first()
    if voice is None:
        raise NotFound(_("没有这个案件，或您无权查看"))
    perform(actor, case_id=voice.case_id, action="unmerge", data={"reason": reason})
    voice.refresh_from_db()
    return voice


@transaction.atomic
def save_answer(actor: User, *, group_id: int, text: str) -> VoiceGroup:
    """Will write the answer for every voice of a group, each told under its own number.

    Told at once where the main case has been answered already, else with its result. Locks the
    group; the same words again change nothing.

    Raises: NotFound (a group whose main case the actor may not see); NotAllowed (neither an
    acceptor nor a dispatcher); InvalidInput (text).
    """
    group = (
        VoiceGroup.objects.select_for_update(of=("self",))
        .select_related("main__matter_type", "main__tenant")
        .defer("main__search")
        .filter(pk=group_id, main__in=visible_cases(actor).values("pk"))
        .first()
    )
    if group is None:
        raise NotFound(_("没有这个群组，或您无权查看"))
    require_answer(actor)
    said = text.replace("\x00", "").strip()
    if not 1 <= len(said) <= ANSWER_MAX:
        raise InvalidInput(_("统一答复须填写，最多 %d 个字") % ANSWER_MAX, field="answer")
    if said == group.answer:
        return group
    fields = ("answer", "answer_number", "answered_by_name")
    before = snapshot(group, *fields)
    group.answer, group.answer_number = said, group.answer_number + 1
    group.answered_at, group.answered_by_name = clock.now(), actor.display_name
    group.save(update_fields=[*fields, "answered_at"])
    record(
        actor,
        "voice_group.answered",
        object_type="voice_group",
        object_id=group.pk,
        object_label=group.main.number,
        data=changes(before, snapshot(group, *fields)),
    )
    if group.main.answered_at is not None:
        key = f"voice-answer:{group.pk}:{group.answer_number}"
        tell_merged(group.main, said=said, key=key, is_result=True)
    return group


def prepared_answer(main: Case) -> str:
    """Will give the words written for every voice of a main case; "" when there are none."""
    group = _GROUP.first(main.pk)
    return group.answer if group is not None else ""


# --- Following the engine --------------------------------------------------------------


def follow_merging(case: Case, event: CaseEvent) -> None:
    """Will keep groups and voices in step with an event, in its transaction.

    A merge adds a voice, its undoing ends it, and a main case's public words are ordered on to
    its voices; the result itself is told by the engine when the main case ends.
    """
    if event.action == "merge":
        _add(case, event)
    elif event.action == "unmerge":
        Voice.objects.filter(case=case, left_at=None).update(
            left_at=event.at, left_by_name=event.actor_name, left_reason=event.note[:300]
        )
    elif _is_news(case, event) and _GROUP.first(case.pk) is not None:
        outbox.enqueue(RELAY, key=str(event.pk), payload={"event": event.pk})


def group_question(case_id: int) -> Statement:
    """Will give what ``follow_merging`` asks of a main case, for who foresees that it will."""
    return _GROUP.statement([case_id])


def _is_news(case: Case, event: CaseEvent) -> bool:
    return bool(event.public_text) and event.seq > 1 and not case.is_ended


def _add(case: Case, event: CaseEvent) -> None:
    data: dict[str, Any] = event.data
    group, _created = VoiceGroup.objects.get_or_create(
        main_id=data["main_id"],
        defaults={"opened_at": event.at, "opened_by_name": event.actor_name},
    )
    Voice.objects.create(
        group=group,
        case=case,
        joined_at=event.at,
        joined_by_name=event.actor_name,
        reason=event.note[:300],
        is_late=case.answered_at is not None,
    )


def relay(message: OutboxMessage) -> None:
    """Will tell the voices of a main case what its own reporter was told."""
    event = (
        CaseEvent.objects.select_related("case__matter_type", "case__tenant")
        .defer("case__search")
        .get(pk=message.payload["event"])
    )
    joined = Voice.objects.filter(
        group__main=event.case, left_at=None, joined_at__lte=event.at, is_late=False
    )
    tell_merged(
        event.case,
        said=event.public_text,
        key=f"main-event:{event.pk}",
        is_result=event.action in ANSWERS,
        only=list(joined.values_list("case_id", flat=True)),
    )
