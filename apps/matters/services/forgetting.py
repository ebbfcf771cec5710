"""Forgetting the people of cases: every app takes out its own, a tombstone tells of it.

``apps.retention`` decides which cases, and why; it is called again after a backup was restored.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.crypto import salted_hmac

from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.discarding import discard
from apps.common.models import StoredFile
from apps.matters.enums import Depth
from apps.matters.forgetting import Forgetting
from apps.matters.models import Case, SplitPart, Tombstone
from apps.matters.registry import holders


@dataclass(frozen=True)
class Condemned:
    """A case to forget. rule: in words, kept on the stone. before: what is older may go too.

    first_at: when it went the first time, where a backup brought it back.
    """

    case_id: int
    depth: Depth
    rule: str
    before: datetime
    first_at: datetime | None = None


@transaction.atomic
def forget_cases(
    actor: Actor, condemned: Sequence[Condemned], *, despite_reasons: bool = False
) -> list[Tombstone]:
    """Will take the people out of cases and their parts, and give the tombstones; audited.

    A case with a stone, one somebody works on this moment (locked) and one an app must keep
    (``kept_of``) is passed over. Parts of a case, made of its words, go with it. Locks the cases
    until commit; files leave the disk after it. despite_reasons: for what was forgotten before and
    came back with a backup.
    """
    wanted = _with_parts(condemned)
    free = Case.objects.select_for_update(of=("self",), skip_locked=True)
    free = free.filter(pk__in=wanted, tombstone=None).order_by("pk")
    cases = {case.pk: case for case in free.only("pk", "number", "title", "text")}
    kept = {} if despite_reasons else kept_of(list(cases))
    going = [pk for pk in cases if pk not in kept]
    if not going:
        return []
    moment = clock.now()
    stones = Tombstone.objects.bulk_create(
        [_stone(actor, cases[pk], wanted[pk], moment) for pk in going]
    )
    forgetting = Forgetting(
        going,
        known=_known(going),
        erased=frozenset(pk for pk in going if wanted[pk].depth == Depth.ERASED),
        before=max(wanted[pk].before for pk in going),
    )
    for holder in holders().values():
        if holder.forget is not None:
            holder.forget(forgetting)
    _seal(stones, forgetting, moment)
    for stone in stones:
        audit.record(
            actor, "case.forgotten", object_type="case", object_id=stone.case_id,
            object_label=stone.number,
            data={"tombstone": stone.pk, "rule": stone.rule, "depth": stone.depth},
        )  # fmt: skip
    return stones


def kept_of(case_ids: Sequence[int]) -> dict[int, str]:
    """Will give the cases that may not be forgotten yet, each with every reason; parts count."""
    parts = _parts_of(case_ids)
    whole = [*case_ids, *parts]
    found: dict[int, list[str]] = {}
    for holder in holders().values():
        for case_id, reason in holder.kept_because(whole).items():
            found.setdefault(parts.get(case_id, case_id), []).append(reason)
    return {pk: "；".join(dict.fromkeys(reasons)) for pk, reasons in found.items()}


def sweep_people(before: datetime) -> dict[str, int]:
    """Will drop what each app knows of people no case refers to, from before a moment."""
    return {app: count for app, holder in holders().items() if (count := holder.sweep(before))}


def _with_parts(condemned: Sequence[Condemned]) -> dict[int, Condemned]:
    wanted = {one.case_id: one for one in condemned}
    for part, parent in _parts_of(list(wanted)).items():
        wanted.setdefault(part, wanted[parent])
    return wanted


def _parts_of(case_ids: Sequence[int]) -> dict[int, int]:
    """The parts of these cases, and theirs, each with the case at the top that was asked for."""
    found: dict[int, int] = {}
    front = {pk: pk for pk in case_ids}
    while front:
        rows = SplitPart.objects.filter(split__parent_id__in=front, case__isnull=False)
        front = {
            part: front[parent]
            for part, parent in rows.values_list("case_id", "split__parent_id")
            if part not in found and part not in case_ids
        }
        found |= front
    return found


def _known(case_ids: Sequence[int]) -> dict[int, set[str]]:
    """Whom each case may name: its own people, and those of the case it is a part of."""
    known: dict[int, set[str]] = {}
    for holder in holders().values():
        for case_id, words in holder.persons(case_ids).items():
            known.setdefault(case_id, set()).update(words)
    rows = SplitPart.objects.filter(case_id__in=case_ids)
    for part, parent in rows.order_by("case_id").values_list("case_id", "split__parent_id"):
        known.setdefault(part, set()).update(known.get(parent, ()))
    return known


def _stone(actor: Actor, case: Case, one: Condemned, moment: datetime) -> Tombstone:
    words = salted_hmac("matters.tombstone", f"{case.title}\n{case.text}", algorithm="sha256")
    return Tombstone(
        case_id=case.pk,
        number=case.number,
        at=moment,
        depth=one.depth,
        rule=one.rule,
        by_name=actor.display_name,
        digest=words.hexdigest(),
        reapplied_from=one.first_at,
    )


def _seal(stones: Sequence[Tombstone], forgetting: Forgetting, moment: datetime) -> None:
    """Drops the files no other record cites and closes the stones, and with them the history."""
    freed = {file_id for files in forgetting.files.values() for file_id in files}
    digests = dict(StoredFile.objects.filter(pk__in=freed).values_list("pk", "sha256"))
    dropped = set(discard(freed))
    for stone in stones:
        mine = {digests[file_id] for file_id in forgetting.files[stone.case_id]}
        stone.files = sorted(mine & dropped)
        stone.counts = dict(forgetting.rows[stone.case_id] or Counter())
        stone.sealed_at = moment
    Tombstone.objects.bulk_update(stones, ["files", "counts", "sealed_at"])
