"""Whether the pictures after a repair prove it: same place, right time, same scene, own picture.

Judged when pictures come and once more before closing; every judgement is a row with its
measures. A mismatch keeps the event from being closed until somebody with the right lets it
pass with a reason (hotline-grid 9.7).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.common.phrases import points
from apps.grid import permissions, scenes
from apps.grid.enums import Judgement, Phase
from apps.grid.errors import ProofMismatch
from apps.grid.models import GridEvent, PairVerdict, ScenePhoto
from apps.grid.selectors.events import get_event
from apps.grid.selectors.proof import blocking_verdicts, lacks_after
from apps.grid.services.photos import collect_photos, read
from apps.matters.models import Case
from apps.places.geometry import distance_m

USUAL_DISTANCE_M = 50
REASON_MAX = 300
_RANK = {Judgement.MATCH: 0, Judgement.DOUBT: 1, Judgement.MISMATCH: 2}


@dataclass
class _Measure:
    """One pair being judged."""

    distance_m: float | None = None
    elapsed_s: int | None = None
    bits: int | None = None
    words: list[str] = field(default_factory=list)

    def say(self, judgement: Judgement, words: str) -> Judgement:
        self.words.append(words)
        return judgement


def judge(event: GridEvent) -> list[PairVerdict]:
    """Will judge the pictures of this round that were not judged yet, and give the new rows.

    The caller holds the case. Each picture after is put beside the one from before that looks
    most like it.
    """
    collect_photos(event)
    before = list(event.photos.filter(phase=Phase.BEFORE).order_by("id"))
    after = event.photos.filter(
        phase=Phase.AFTER, round=event.case.round, verdict__isnull=True
    ).order_by("id")
    return [_judge(event, photo, _partner(photo, before)) for photo in after]


def require_proof(case: Case, event: GridEvent) -> None:
    """Will refuse to close where the pictures do not prove the repair. The case is locked.

    Raises: ProofMismatch (a mismatch nobody let pass; pictures from before but none after).
    """
    judge(event)
    blocking = blocking_verdicts(event)
    if blocking:
        words = [word for verdict in blocking for word in verdict.words]
        raise ProofMismatch(
            _("处置前后照片不符，不能结案：%s") % points(words), data={"words": words}
        )
    if lacks_after(event):
        word = _("有处置前照片，缺少本轮处置后照片")
        raise ProofMismatch(_("不能结案：%s") % word, data={"words": [word]})


@transaction.atomic
def override_proof(actor: User, *, verdict_id: int, reason: str) -> PairVerdict:
    """Will let a pair pass although it does not match, for a reason. Locks the case, then it.

    Raises: NotFound; NotAllowed; InvalidInput (reason); Refused (it matches, or was let pass).
    """
    verdict = PairVerdict.objects.select_related("event__case").filter(pk=verdict_id).first()
    if verdict is None:
        raise NotFound(_("没有这项照片比对"))
    event = get_event(actor, verdict.event_id)
    if not permissions.can_override(actor, event):
        raise NotAllowed(_("您没有认可照片比对异常的权限"))
    reason = reason.strip()
    if not 2 <= len(reason) <= REASON_MAX:
        raise InvalidInput(_("请填写认可理由，2至%s个字") % REASON_MAX, field="reason")
    Case.objects.select_for_update().get(pk=event.case_id)
    verdict = PairVerdict.objects.select_for_update().get(pk=verdict_id)
    if verdict.verdict == Judgement.MATCH or verdict.overridden_at is not None:
        raise Refused(_("这项比对无需认可，或已经认可"))
    verdict.overridden_at, verdict.overridden_by = clock.now(), actor
    verdict.override_reason = reason
    verdict.save(update_fields=["overridden_at", "overridden_by", "override_reason"])
    audit.record(
        actor,
        "grid_proof.overridden",
        object_type="grid_event",
        object_id=event.pk,
        object_label=f"{event.case.number} {event.case.title}",
        data={
            "verdict": verdict.pk,
            "words": verdict.words,
            "reason": reason,
            "before": {"overridden": False},
            "after": {"overridden": True},
        },
    )
    return verdict


def _partner(photo: ScenePhoto, before: Iterable[ScenePhoto]) -> ScenePhoto | None:
    """The picture from before that looks most like this one; one with a place goes before."""
    return min(before, key=lambda one: (_bits(one, photo), one.point is None, one.pk), default=None)


def _bits(one: ScenePhoto, other: ScenePhoto) -> int:
    if one.scene_hash is None or other.scene_hash is None:
        return scenes.BITS
    return scenes.bits_apart(one.scene_hash, other.scene_hash)


def _judge(event: GridEvent, after: ScenePhoto, before: ScenePhoto | None) -> PairVerdict:
    limit_m = event.grid_class.photo_distance_m if event.grid_class else USUAL_DISTANCE_M
    measure = _Measure()
    parts = {
        "place": _place(event, after, before, limit_m, measure),
        "time": _time(event, after, before, measure),
        "likeness": _likeness(after, before, measure),
        "reuse": _reuse(after, before, measure),
    }
    return PairVerdict.objects.create(
        event=event,
        before=before,
        after=after,
        distance_m=measure.distance_m,
        limit_m=limit_m,
        elapsed_s=measure.elapsed_s,
        bits=measure.bits,
        verdict=max(parts.values(), key=_RANK.__getitem__),
        words=measure.words,
        judged_at=clock.now(),
        **parts,
    )


def _place(
    event: GridEvent,
    after: ScenePhoto,
    before: ScenePhoto | None,
    limit_m: int,
    measure: _Measure,
) -> Judgement:
    """Beside the picture from before, or the place of the case where that has none."""
    other = before.point if before is not None and before.point is not None else event.case.point
    if after.point is None or other is None:
        return measure.say(Judgement.DOUBT, _("照片没有拍摄位置，无法比对位置"))
    measure.distance_m = distance_m(after.point, other)
    # What the phone itself calls its error is granted, up to the limit once more.
    slack = min(after.accuracy_m or 0.0, float(limit_m))
    told = {"far": round(measure.distance_m), "limit": limit_m}
    if measure.distance_m <= limit_m + slack:
        return measure.say(Judgement.MATCH, _("拍摄位置相距%(far)s米，上限%(limit)s米") % told)
    return measure.say(Judgement.MISMATCH, _("拍摄位置相距%(far)s米，超过上限%(limit)s米") % told)


def _time(
    event: GridEvent, after: ScenePhoto, before: ScenePhoto | None, measure: _Measure
) -> Judgement:
    if after.taken_at is None:
        return measure.say(Judgement.DOUBT, _("照片没有拍摄时间，无法比对时间"))
    dispatched_at = event.case.dispatched_at
    if dispatched_at is not None and after.taken_at < dispatched_at:
        return measure.say(Judgement.MISMATCH, _("处置后照片摄于派遣之前"))
    if before is None or before.taken_at is None:
        return measure.say(Judgement.MATCH, _("处置后照片摄于派遣之后"))
    measure.elapsed_s = round((after.taken_at - before.taken_at).total_seconds())
    if after.taken_at <= before.taken_at:
        return measure.say(Judgement.MISMATCH, _("处置后照片早于处置前照片"))
    return measure.say(Judgement.MATCH, _("处置后照片晚于处置前照片"))


def _likeness(after: ScenePhoto, before: ScenePhoto | None, measure: _Measure) -> Judgement:
    if before is None:
        return measure.say(Judgement.DOUBT, _("没有处置前照片可比"))
    if after.scene_hash is None or before.scene_hash is None:
        return measure.say(Judgement.DOUBT, _("画面过于单一，无法比对"))
    measure.bits = _bits(before, after)
    if measure.bits >= scenes.FOREIGN_BITS:
        return measure.say(
            Judgement.DOUBT, _("画面差异%s/64，两张照片可能不是同一场景") % measure.bits
        )
    return measure.say(Judgement.MATCH, _("画面差异%s/64，场景相似") % measure.bits)


def _reuse(after: ScenePhoto, before: ScenePhoto | None, measure: _Measure) -> Judgement:
    if after.reused_of is not None:
        number = after.reused_of.event.case.number
        return measure.say(Judgement.MISMATCH, _("照片曾用于案件%s") % number)
    if before is None:
        return Judgement.MATCH
    if after.file_id == before.file_id:
        return measure.say(Judgement.MISMATCH, _("处置前后用了同一张照片"))
    is_near = measure.bits is not None and measure.bits <= scenes.SAME_BITS
    if is_near and scenes.is_same(read(before.file), read(after.file)):
        return measure.say(Judgement.MISMATCH, _("处置前后画面几乎完全相同，疑似同一张照片"))
    return Judgement.MATCH
