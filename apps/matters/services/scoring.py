"""Scores that came by themselves, not with an action: the key after a call, a later call-back."""

from datetime import datetime

from django.db import transaction

from apps.audit.services import SYSTEM, record
from apps.common import clock
from apps.matters.actions.closing import subject_of
from apps.matters.actors import CaseActor
from apps.matters.enums import EvaluationSource, EvaluationTarget
from apps.matters.models import Case, Evaluation


@transaction.atomic
def score_acceptance(
    *, case_id: int, source: EvaluationSource, score: int, subject_name: str, at: datetime
) -> bool:
    """Will keep a score of who accepted the case; False where that source scored this round.

    score: 1 to 5. at: aware. Locks the case, so that two at once give one. Source: HL-13.
    """
    case = Case.objects.select_for_update().get(pk=case_id)
    _evaluation, made = Evaluation.objects.get_or_create(
        case=case,
        round=case.round,
        target=EvaluationTarget.ACCEPTANCE,
        source=source,
        defaults={"score": score, "subject_name": subject_name, "at": at},
    )
    if made:
        record(
            SYSTEM,
            "case.acceptance_scored",
            object_type="case",
            object_id=case.pk,
            object_label=case.number,
            data={"score": score, "source": str(source)},
        )
    return made


@transaction.atomic
def score_by_call(
    actor: CaseActor,
    *,
    case_id: int,
    result: int | None,
    acceptance: int | None,
    solved: bool | None,
    comment: str,
) -> int:
    """Will keep what a call-back heard of a case that is closed already; gives how many scores.

    result, acceptance: 1 to 5, None where not said. A second call of a round changes nothing.
    Locks the case. Source: HL-13, HL-14.
    """
    case = Case.objects.select_for_update(of=("self",)).select_related("unit").get(pk=case_id)
    made = 0
    for target, score in (
        (EvaluationTarget.ACCEPTANCE, acceptance),
        (EvaluationTarget.RESULT, result),
    ):
        if score is None:
            continue
        subject, unit = subject_of(case, target)
        _evaluation, is_new = Evaluation.objects.get_or_create(
            case=case,
            round=case.round,
            target=target,
            source=EvaluationSource.CALLBACK,
            defaults={
                "score": score,
                "solved": solved if target == EvaluationTarget.RESULT else None,
                "comment": comment,
                "subject_name": subject,
                "unit": unit,
                "at": clock.now(),
            },
        )
        made += is_new
    if made:
        record(
            actor,
            "case.scored_by_call",
            object_type="case",
            object_id=case.pk,
            object_label=case.number,
            data={"after": {"result": result, "acceptance": acceptance, "solved": solved}},
        )
    return made
