"""Taking the citizens out of call-backs: what they said, and on which call."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from apps.callbacks.enums import DisputeState
from apps.callbacks.models import Attempt, CallbackTask, Dispute, DisputeFile
from apps.hotline.services import forget_calls
from apps.matters.forgetting import Forgetting, clean_rows, drop_files
from apps.matters.registry import PersonHolder
from apps.notices import services as notices


class CallbackPeople(PersonHolder):
    """What call-backs keep."""

    def kept_because(self, case_ids: Sequence[int]) -> dict[int, str]:
        """Will keep what a unit objected to until that is ruled on."""
        open_ones = Dispute.objects.filter(task__case_id__in=case_ids, state=DisputeState.PENDING)
        found = open_ones.values_list("task__case_id", flat=True)
        return dict.fromkeys(found, _("回访异议待裁定"))

    def forget(self, forgetting: Forgetting) -> None:
        """Will take answers, remarks, evidence and the calls themselves away."""
        ids = forgetting.case_ids
        tasks = CallbackTask.objects.filter(case_id__in=ids)
        attempts = Attempt.objects.filter(task__case_id__in=ids)
        forget_calls({*tasks.values_list("exchange_id", flat=True),
                      *attempts.values_list("exchange_id", flat=True)})  # fmt: skip
        clean_rows(forgetting, tasks, "comment", "answers", "reason")
        clean_rows(forgetting, attempts, "note", of="task__case_id")
        disputes = Dispute.objects.filter(task__case_id__in=ids)
        notices.forget_pages([f"/callbacks/disputes/{dispute.pk}/" for dispute in disputes])
        clean_rows(forgetting, disputes, "reason", "ruling_note", of="task__case_id")
        files = DisputeFile.objects.filter(dispute__task__case_id__in=ids)
        drop_files(forgetting, files, of="dispute__task__case_id")
