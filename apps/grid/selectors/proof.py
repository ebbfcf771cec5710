"""What the pictures of an event show and prove."""

from django.db.models import QuerySet

from apps.grid.enums import Judgement, Phase
from apps.grid.models import GridEvent, PairVerdict, ScenePhoto


def photos_of(event: GridEvent) -> QuerySet[ScenePhoto]:
    """Will give the pictures of an event in the order they came."""
    return event.photos.select_related("file", "reused_of__event__case").order_by("id")


def verdicts_of(event: GridEvent) -> QuerySet[PairVerdict]:
    """Will give what the pictures after the repair prove, in the order they came."""
    return event.verdicts.select_related(
        "before__file", "after__file", "overridden_by", "event__case"
    ).order_by("id")


def blocking_verdicts(event: GridEvent) -> list[PairVerdict]:
    """Will give the mismatches of this round nobody let pass."""
    return [
        verdict
        for verdict in verdicts_of(event)
        if verdict.after.round == event.case.round
        and verdict.verdict == Judgement.MISMATCH
        and verdict.overridden_at is None
    ]


def lacks_after(event: GridEvent) -> bool:
    """Will tell whether there are pictures from before and none from after in this round."""
    photos = list(event.photos.values_list("phase", "round"))
    has_before = any(phase == Phase.BEFORE for phase, _round in photos)
    return has_before and (Phase.AFTER, event.case.round) not in photos
