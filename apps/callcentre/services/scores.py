"""The key a caller presses after the call, counted as a score of the acceptor (HL-13)."""

from django.db import transaction

from apps.callcentre.models import CallNote
from apps.matters.enums import EvaluationSource
from apps.matters.services import score_acceptance

BATCH = 200


def feed_score(note: CallNote) -> bool:
    """Will put the score with the case of the call, once; False while there is no case.

    ``note`` is locked by the caller. A case scored by key before keeps its first score.
    """
    if note.is_fed or note.score is None or note.scored_at is None:
        return False
    demand = note.call.demands.order_by("pk").first()
    if demand is None:
        return False
    score_acceptance(
        case_id=demand.case_id,
        source=EvaluationSource.KEYPAD,
        score=note.score,
        subject_name=note.scored_agent.user.full_name if note.scored_agent else "",
        at=note.scored_at,
    )
    note.is_fed = True
    note.save(update_fields=["is_fed"])
    return True


def feed_scores() -> int:
    """Will put scores with cases that were registered after the key; gives how many.

    Safe to run twice and at once.
    """
    waiting = CallNote.objects.filter(
        is_fed=False, score__isnull=False, call__demands__isnull=False
    )
    fed = 0
    for pk in waiting.order_by("pk").values_list("pk", flat=True).distinct()[:BATCH]:
        with transaction.atomic():
            note = (
                CallNote.objects.select_for_update(of=("self",))
                .select_related("call", "scored_agent__user")
                .get(pk=pk)
            )
            fed += feed_score(note)
    return fed
