"""Taking the citizens out of demands: who called, what was recorded, what was learnt of it."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.common import outbox
from apps.common.models import OutboxMessage
from apps.hotline.enums import OPEN_EXCLUSIONS
from apps.hotline.models import (
    Call,
    Caller,
    Demand,
    DeskDraft,
    Exclusion,
    ExclusionFile,
    FamilyContent,
    LearningExample,
    Reading,
)
from apps.hotline.telephony import exchange
from apps.matters.forgetting import Forgetting, blank_rows, clean_rows, drop_files
from apps.matters.registry import PersonHolder
from apps.notices import services as notices

ERASE_RECORDING = "hotline.erase_recording"
SWEPT_MOST = 2000  # rows in one sweep; the next night goes on


class DemandPeople(PersonHolder):
    """What the hotline keeps."""

    matters = ("hotline",)

    def persons(self, case_ids: Sequence[int]) -> dict[int, set[str]]:
        """Will give reporters and callers, with their usual addresses."""
        found: dict[int, set[str]] = {}
        rows = Demand.objects.filter(case_id__in=case_ids).values_list(
            "case_id",
            *("reporter_name", "reporter_phone", "call__phone"),
            *("caller__name", "caller__phone", "caller__address"),
        )
        for case_id, *known in rows:
            found.setdefault(case_id, set()).update(word for word in known if word)
        return found

    def kept_because(self, case_ids: Sequence[int]) -> dict[int, str]:
        """Will keep what somebody still has to rule on for the rates."""
        waiting = Exclusion.objects.filter(case_id__in=case_ids, state__in=OPEN_EXCLUSIONS)
        return dict.fromkeys(waiting.values_list("case_id", flat=True), _("剔除申请待裁定"))

    def forget(self, forgetting: Forgetting) -> None:
        """Will take reporters, calls, recordings, samples and evidence of the cases away."""
        of_cases = {"case_id__in": forgetting.case_ids}
        exclusions = Exclusion.objects.filter(**of_cases)
        notices.forget_pages([f"/hotline/rates/exclusions/{x.pk}/" for x in exclusions])
        clean_rows(forgetting, exclusions, "reason", "decision_note", "appeal", "ruling_note")
        files = ExclusionFile.objects.filter(exclusion__case_id__in=forgetting.case_ids)
        drop_files(forgetting, files, of="exclusion__case_id")
        readings = Reading.objects.filter(**of_cases)
        clean_rows(forgetting, readings, "offers", "alerts", "seen_note", "dispatch_reason")
        samples = LearningExample.objects.filter(**of_cases)
        clean_rows(forgetting, samples, "title", "text", "reason", "digest")
        contents = FamilyContent.objects.filter(**of_cases)
        clean_rows(forgetting, contents, "data")
        calls = list(Call.objects.filter(demands__case_id__in=forgetting.case_ids).distinct())
        demands = Demand.objects.filter(**of_cases)
        blank_rows(
            forgetting, demands, reporter_name="", reporter_phone="", caller=None, text_digest=""
        )
        # A call two demands came of goes with the last of them.
        still = set(
            Demand.objects.filter(call__in=calls).exclude(**of_cases)
            .exclude(reporter_name="", reporter_phone="", caller=None, text_digest="")
            .values_list("call_id", flat=True)
        )  # fmt: skip
        _forget_calls([call for call in calls if call.pk not in still])

    def sweep(self, before: datetime) -> int:
        """Will forget callers without a demand, and calls nothing came of, from before a moment."""
        loose = Call.objects.filter(rang_at__lt=before, demands=None).exclude(
            phone="", recording="", caller=None
        )
        calls = list(loose.order_by("pk")[:SWEPT_MOST])
        _forget_calls(calls)
        idle = Caller.objects.filter(Q(last_at=None) | Q(last_at__lt=before))
        gone = idle.filter(demands=None, calls=None).values_list("pk", flat=True)[:SWEPT_MOST]
        count, _by = Caller.objects.filter(pk__in=list(gone)).delete()
        return len(calls) + count


def forget_calls(exchange_ids: Collection[str]) -> None:
    """Will forget the numbers and recordings of calls, by the exchange's numbers of them."""
    _forget_calls(list(Call.objects.filter(exchange_id__in=exchange_ids)))


def _forget_calls(calls: Sequence[Call]) -> None:
    """Takes numbers and recordings of calls; the exchange deletes after commit, by the outbox."""
    for call in calls:
        if call.recording:
            outbox.enqueue(ERASE_RECORDING, key=str(call.pk), payload={"recording": call.recording})
    ids = [call.pk for call in calls]
    DeskDraft.objects.filter(call_id__in=ids).delete()
    Call.objects.filter(pk__in=ids).update(phone="", caller=None, recording="")


@outbox.handles(ERASE_RECORDING)
def erase_recording(message: OutboxMessage) -> None:
    """Will have the exchange delete a recording; asked again until it says so."""
    exchange().erase_recording(message.payload["recording"])
