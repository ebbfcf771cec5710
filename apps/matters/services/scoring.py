"""A score of the acceptance that came by itself, not with an action: the key after a call."""

from datetime import datetime

from django.db import transaction

from apps.audit.services import SYSTEM, record
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
